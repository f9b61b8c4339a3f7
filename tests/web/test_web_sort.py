"""Sort: what is usable, a person's word on it, found again and handed to editors."""

import csv
import io
from pathlib import Path

import pytest
from visitor import until

pytestmark = pytest.mark.web

_AT = "document.querySelector('muto-strip[seekable]').at_"


def opened(visitor, job, clip="rushes-01.mp4"):
    page = visitor.open(f"/sort/{job['id']}", ".sort-clip")
    page.locator(".sort-clip", has_text=clip).click()
    until(
        page,
        "document.querySelectorAll('.sort-meter').length >= 3"
        " && document.querySelector('.sort-frame video')?.readyState >= 2",
    )
    until(page, f"{_AT} < 0.1")
    return page


def decided(service, job):
    return service.ask("GET", f"/api/sort/{job['id']}/decisions").json()


@pytest.fixture(autouse=True)
def undecided(service, sorted_job):
    """No test finds what another one has decided."""
    path = f"/api/sort/{sorted_job['id']}/decisions"
    answer = service.ask("PUT", path, {"decisions": []}, {"If-Match": service.ask("GET", path).headers["etag"]})
    assert answer.status < 300, answer.body


def saved(page):
    until(page, "document.querySelector('.sort-saved').textContent === 'Saved'")


def test_up_and_down_lead_from_stretch_to_stretch_and_from_clip_to_clip(visitor, sorted_job):
    page = opened(visitor, sorted_job)
    count = page.evaluate("document.querySelector('muto-strip[seekable]').data_.stretches.length")
    assert count > 3
    for n in range(1, count):
        page.keyboard.press("ArrowDown")
        until(page, "(n) => document.querySelector('muto-strip[seekable]').data_.chosen === n", arg=n)
    page.keyboard.press("ArrowUp")
    until(page, "(n) => document.querySelector('muto-strip[seekable]').data_.chosen === n", arg=count - 2)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    until(page, "document.querySelector('.sort-clip[aria-current=true]').textContent.includes('rushes-02')")


def test_decisions_by_key_and_by_button_are_kept_and_can_be_taken_back(visitor, service, sorted_job):
    page = opened(visitor, sorted_job)
    page.keyboard.press("3")
    saved(page)
    assert [one["decision"] for one in decided(service, sorted_job)["decisions"]] == ["reject"]
    assert "You say reject" in page.inner_text(".sort-words")
    page.keyboard.press("ArrowDown")
    until(page, f"{_AT} > 1")
    page.get_by_role("button", name="Unsure").click()
    saved(page)
    page.reload()
    page.wait_for_selector(".sort-clip")
    page.locator(".sort-clip", has_text="rushes-01.mp4").click()
    page.get_by_text("You say reject").wait_for()
    page.keyboard.press("1")
    saved(page)
    assert [one["decision"] for one in decided(service, sorted_job)["decisions"]] == ["keep", "unsure"]
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("You say reject").wait_for()
    saved(page)
    assert sorted(one["decision"] for one in decided(service, sorted_job)["decisions"]) == ["reject", "unsure"]


def test_two_windows_lose_nothing_of_each_other(visitor, guest, service, sorted_job):
    other = guest()
    other.forgive("412")
    first, second = opened(visitor, sorted_job), opened(other, sorted_job)
    first.keyboard.press("1")
    saved(first)
    second.keyboard.press("ArrowDown")
    until(second, f"{_AT} > 1")
    second.keyboard.press("3")
    second.get_by_text("changed in another window").wait_for()
    saved(second)
    kept = {one["first"]: one["decision"] for one in decided(service, sorted_job)["decisions"] if one["clip"] == 0}
    assert kept[0] == "keep"
    assert "reject" in kept.values()


def test_j_k_l_play_back_stop_and_play_and_faster_when_pressed_again(visitor, sorted_job):
    page = opened(visitor, sorted_job)
    page.keyboard.press("l")
    until(page, f"{_AT} > 0.4")
    page.keyboard.press("l")
    until(page, "document.querySelector('.sort-time').textContent.includes('2×')")
    until(page, f"{_AT} > 2.4")
    page.keyboard.press("j")
    until(page, f"{_AT} < 2.2")
    page.keyboard.press("k")
    page.wait_for_timeout(300)
    at = page.evaluate(_AT)
    page.wait_for_timeout(300)
    assert page.evaluate(_AT) == at


def test_the_curves_share_the_cursor_of_the_film_and_lead_it(visitor, sorted_job):
    page = opened(visitor, sorted_job)
    box = page.locator(".sort-meter muto-curve").first.bounding_box()
    # The locator scrolls: in a low window the curves lie below its edge.
    page.locator(".sort-meter muto-curve").first.click(position={"x": box["width"] / 2, "y": 20})
    until(page, f"Math.abs({_AT} - 5) < 0.2")
    lefts = page.evaluate(
        "[...document.querySelectorAll('.curve-cursor')].map((one) => Math.round(one.getBoundingClientRect().left))"
    )
    assert len(set(lefts)) == 1
    assert lefts[0] == pytest.approx(box["x"] + box["width"] / 2, abs=box["width"] * 0.03)
    video = page.evaluate("document.querySelector('.sort-frame video').currentTime")
    assert video == pytest.approx(5, abs=0.2)
    page.get_by_role("button", name="More curves").click()
    assert page.locator(".sort-meter").count() > 6


def test_a_query_finds_stretches_and_leads_to_them(visitor, sorted_job):
    page = opened(visitor, sorted_job)
    page.get_by_role("searchbox").fill("dark")
    page.get_by_role("button", name="Find").click()
    page.wait_for_selector(".sort-hit")
    page.locator(".sort-hit").first.click()
    until(page, "document.querySelector('.sort-player muto-strip').getAttribute('aria-label').startsWith('rushes-02')")
    assert "find=dark" in page.url
    page.get_by_role("searchbox").fill("what nobody understands at all")
    visitor.forgive("422")
    page.keyboard.press("Enter")
    page.locator(".notice.is-bad").wait_for()
    page.get_by_role("searchbox").fill("")
    page.keyboard.press("Enter")
    page.wait_for_selector(".sort-clip")


def test_the_search_field_takes_letters_that_are_keys_elsewhere(visitor, sorted_job):
    page = opened(visitor, sorted_job)
    page.get_by_role("searchbox").press_sequentially("jkl 123")
    assert page.get_by_role("searchbox").input_value() == "jkl 123"
    assert page.evaluate("document.querySelector('.sort-frame video').paused")


def test_files_for_editors_are_written_and_fetched(visitor, sorted_job):
    page = opened(visitor, sorted_job)
    assert page.locator(".sort-files a").count() >= 1
    page.get_by_role("button", name="EDL", exact=True).click()
    page.get_by_text("Writing the files").wait_for()
    link = page.locator(".sort-files a", has_text=".edl").first
    link.wait_for(timeout=120_000)
    with page.expect_download() as download:
        link.click()
    assert "TITLE" in Path(download.value.path()).read_text()


def test_decisions_are_a_table_for_training(visitor, service, sorted_job):
    page = opened(visitor, sorted_job)
    page.keyboard.press("1")
    saved(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="My decisions").click()
    rows = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text())))
    assert len(rows) == len(decided(service, sorted_job)["decisions"])
    assert {"path", "decision"} <= set(rows[0])


def test_a_film_that_was_deleted_leaves_its_numbers_and_pictures(visitor, sorted_job):
    page = visitor.page
    visitor.forgive("404")
    media = visitor.service.ask("GET", f"/api/sort/{sorted_job['id']}").json()["clips"][0]["media"]
    page.route(
        f"**/api/media/{media}",
        lambda route: route.fulfill(status=404, json={"type": "/problems/not-found", "status": 404}),
    )
    visitor.open(f"/sort/{sorted_job['id']}", ".sort-clip")
    page.get_by_text("The film was deleted").wait_for()
    assert page.locator(".sort-frame img").get_attribute("src").startswith("/api/sort/")


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("size", [(1280, 800), (360, 740)])
def test_sort_hinders_nobody(guest, sorted_job, scheme, size):
    visitor = guest(*size, color_scheme=scheme)
    page = opened(visitor, sorted_job)
    assert visitor.axe() == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
