"""From a file on disk to a result on disk, as a person goes: upload, validate, choose, watch, compare, download."""

from pathlib import Path

import av
import pytest
from steps import GO, TILES, begin, choose, compared, drop_in, fetched, watched
from visitor import Visitor, until

from mutoscope.testing.media import make_clip

pytestmark = pytest.mark.web


def is_whole(path):
    """Whether a film has all its frames and its sound."""
    with av.open(str(path)) as made:
        return sum(1 for _ in made.decode(video=0)) == 10 and bool(made.streams.audio)


@pytest.mark.parametrize("kind", ["filter", "corrupt", "stylize"])
def test_a_film_is_dropped_remade_compared_and_fetched(guest, service, film, kind):
    service.ask("POST", "/api/samples/starry-night")
    page = guest().open("/studio?all")
    drop_in(page, film)
    choose(page, "walk.mp4", kind)
    if kind == "stylize":
        page.get_by_text("Choose a painting first.").wait_for()
        page.locator(".pictures .choice").first.click()
    begin(page)
    compared(page)
    assert page.inner_text(".compare-frame") == "Frame 1 of 10"
    page.get_by_text("Unchanged, and signed").wait_for()
    assert is_whole(fetched(page))


def test_rushes_are_dropped_sorted_decided_and_exported(guest, footage):
    page = guest().open("/studio?all")
    drop_in(page, *footage)
    choose(page, footage[0].name, "sort")
    begin(page)
    watched(page, "See what is usable").click()
    page.wait_for_url("**/sort/j_*")
    page.wait_for_selector(".sort-clip")
    page.keyboard.press("3")
    until(page, "document.querySelector('.sort-saved').textContent === 'Saved'")
    page.get_by_role("button", name="OpenTimelineIO").click()
    with page.expect_download(timeout=120_000) as download:
        page.locator(".sort-files a").first.click(timeout=120_000)
    assert Path(download.value.path()).stat().st_size > 100


def test_a_recipe_of_several_steps_is_made_moved_switched_and_followed(guest, service, film):
    page = guest().open("/studio?all")
    drop_in(page, film)
    choose(page, "walk.mp4", "recipe")
    page.get_by_text("Add a step first.").wait_for()
    page.get_by_role("button", name="Add a step: Filter").click()
    page.get_by_role("heading", name="1. Filter").wait_for()
    for step, title in (("corrupt.pixel_sort", "2. Sort pixels"), ("corrupt.scan_lines", "3. Scan lines")):
        page.get_by_label("Other steps").select_option(step)
        page.get_by_role("heading", name=title).wait_for()
    page.get_by_role("button", name="Move 3. Scan lines").press("ArrowUp")
    page.get_by_role("heading", name="2. Scan lines").wait_for()
    page.get_by_role("switch", name="Use 3. Sort pixels").focus()
    assert page.evaluate(
        """() => {
          const box = document.activeElement.getBoundingClientRect();
          return document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2) === document.activeElement;
        }"""
    ), "the frame above covers what has the focus"
    page.get_by_role("switch", name="Use 3. Sort pixels").uncheck()
    job = begin(page)
    asked = service.ask("GET", f"/api/jobs/{job}").json()["request"]["recipe"]["step"]
    assert [step["effect"] for step in asked] == ["filter.play", "corrupt.scan_lines"]
    compared(page)
    assert is_whole(fetched(page))


def test_a_film_is_learned_then_remembered_as_far_as_the_start(guest, service, clip, memory):
    page = guest().open(f"/make?media={clip['id']}&kind=autoencode", GO)
    page.get_by_role("radio", name=memory["name"]).check()
    page.locator(".estimate", has_text="makes").wait_for(timeout=120_000)
    assert "costs" in page.inner_text(".estimate")
    begin(page)
    compared(page)
    page.goto(f"{service.url}/make?media={clip['id']}&kind=autoencode")
    page.wait_for_selector(GO)
    page.get_by_role("link", name="Learn this film first").click()
    page.get_by_role("button", name="Train it").click()
    page.wait_for_url("**/watch/j_*")
    learning = page.url.rpartition("/")[2]
    assert service.ask("GET", f"/api/jobs/{learning}").json()["kind"] == "train_autoencoder"
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Stop it").click()
    page.get_by_text("It was stopped").wait_for(timeout=60_000)


def test_a_filter_is_begun_from_a_painting(guest, service, clip):
    service.ask("POST", "/api/samples/starry-night")
    page = guest().open("/train")
    page.locator(".pictures .choice").first.click()
    page.get_by_role("checkbox", name=clip["name"]).check()
    page.get_by_role("button", name="Train it").click()
    page.wait_for_url("**/watch/j_*")
    job = page.url.rpartition("/")[2]
    request = service.ask("GET", f"/api/jobs/{job}").json()["request"]
    assert request["kind"] == "train_filter"
    assert request["inputs"]["footage"] == [clip["id"]]
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Stop it").click()
    page.get_by_text("It was stopped").wait_for(timeout=60_000)


def test_several_films_become_several_jobs(guest, service, film, tmp_path):
    second = make_clip(tmp_path / "run.mp4", width=96, height=54, num_frames=10)
    somebody = guest()
    page = somebody.open("/studio?all")
    drop_in(page, film, second)
    for name in (film.name, second.name):
        page.get_by_role("checkbox", name=f"Select {name}").first.check(force=True)
    page.get_by_text("2 chosen").wait_for()
    page.locator(".choosing a.is-main").click()
    page.locator("a.choice-large[href$='kind=filter']").click()
    page.locator(f"{GO}:enabled", has_text="Filter 2").click()
    page.wait_for_url("**/watch")
    newest = service.ask("GET", "/api/jobs?kind=filter&lane=batch&limit=2").json()["jobs"]
    asked = [service.ask("GET", f"/api/jobs/{job['id']}").json()["request"]["inputs"]["source"] for job in newest]
    assert len(set(asked)) == 2


def test_a_first_visit_needs_three_steps_and_a_bundled_clip(browser, fresh):
    with Visitor.of(browser, fresh) as somebody:
        page = somebody.page
        button = page.locator(".welcome-go button")
        button.click()
        page.get_by_text("Please say first").wait_for()
        page.get_by_label("I keep to the").check()
        page.locator("label.choice[title^=Woodcut]").click()
        button.click()
        compared(page)
        somebody.open("/")
        page.wait_for_selector(TILES)


def test_somebody_new_is_asked_for_the_guidelines_before_the_first_film(browser, fresh, film):
    with Visitor.of(browser, fresh) as somebody:
        page = somebody.open("/studio?all")
        drop_in(page, film)
        choose(page, film.name, "filter")
        page.locator(f"{GO}:enabled").click()
        page.get_by_role("button", name="Not now").click()
        page.get_by_text("Please say first").wait_for()
        page.locator(f"{GO}:enabled").click()
        assert somebody.axe() == []
        page.get_by_role("button", name="I keep to them").click()
        compared(page)
