"""From a file on disk to a result on disk, as a person goes: upload, validate, choose, watch, compare, download."""

from pathlib import Path

import av
import pytest
from visitor import Visitor, until
from work import accept

from mutoscope.testing.media import Sound, make_clip
from service_client import running_service

pytestmark = pytest.mark.web

_TILES = "muto-tile[data-state=ready]"
_READY = "muto-compare[data-ready]"


@pytest.fixture
def film(tmp_path) -> Path:
    return make_clip(tmp_path / "walk.mp4", width=96, height=54, num_frames=10, sounds=[Sound()])


@pytest.fixture
def fresh(tmp_path):
    """A server of one's own, on which nothing has happened yet."""
    with running_service(tmp_path) as running:
        yield running


def drop_in(page, *paths):
    """Choose files as the button does, and wait until they are validated."""
    before = page.locator(_TILES).count()
    page.locator("muto-drop input[type=file]").first.set_input_files(list(paths))
    until(page, "(all) => document.querySelectorAll('muto-tile[data-state=ready]').length >= all", before + len(paths))


def make(page, name, kind):
    """From the Studio to the button of a kind."""
    page.get_by_role("link", name=f"Open: {name}").first.click()
    page.wait_for_url("**/make?media=*")
    page.locator(f"a.choice-large[href$='kind={kind}']").click()
    page.wait_for_url(f"**kind={kind}")
    return page.locator(".bench-go .button.is-main")


def watched(page, link="Compare"):
    page.wait_for_url("**/watch/j_*")
    found = page.get_by_role("link", name=link, exact=True)
    found.wait_for(timeout=240_000)
    return found


@pytest.mark.parametrize("kind", ["filter", "corrupt", "stylize"])
def test_a_film_is_dropped_remade_compared_and_fetched(guest, service, clip, film, kind, tmp_path):
    service.ask("POST", "/api/samples/starry-night")
    somebody = guest()
    page = somebody.open("/studio?all")
    drop_in(page, film)
    button = make(page, "walk.mp4", kind)
    if kind == "stylize":
        page.locator(".paintings label, .paintings button, .painting").first.click()
    until(page, "!document.querySelector('.bench-go .button.is-main').disabled")
    button.click()
    watched(page).click()
    page.wait_for_url("**/compare/j_*")
    page.wait_for_selector(_READY)
    assert page.inner_text(".compare-frame") == "Frame 1 of 10"
    page.get_by_text("Unchanged, and signed").wait_for()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    with av.open(str(download.value.path())) as made:
        assert sum(1 for _ in made.decode(video=0)) == 10
        assert made.streams.audio


def test_rushes_are_dropped_sorted_decided_and_exported(guest, footage):
    page = guest().open("/studio?all")
    drop_in(page, *footage)
    make(page, footage[0].name, "sort").click()
    watched(page, "See what is usable").click()
    page.wait_for_url("**/sort/j_*")
    page.wait_for_selector(".sort-clip")
    page.keyboard.press("3")
    until(page, "document.querySelector('.sort-saved').textContent === 'Saved'")
    page.get_by_role("button", name="OpenTimelineIO").click()
    page.locator(".sort-files a").first.wait_for(timeout=120_000)


def test_a_first_visit_needs_three_steps_and_a_bundled_clip(browser, fresh):
    with Visitor.of(browser, fresh) as somebody:
        page = somebody.page
        page.wait_for_selector(".welcome")
        page.get_by_role("button", name="Watch it happen").click()
        page.get_by_text("Please say first").wait_for()
        page.get_by_label("I keep to the").check()
        page.locator("label.choice[title^=Woodcut]").click()
        page.get_by_role("button", name="Watch it happen").click()
        watched(page).click()
        page.wait_for_selector(_READY)
        somebody.open("/")
        page.wait_for_selector(_TILES)


def test_back_forward_and_reload_in_the_middle_lose_nothing(guest, service, clip):
    page = guest().open(f"/make?media={clip['id']}&kind=filter", ".bench-go")
    until(page, "!document.querySelector('.bench-go .button.is-main').disabled")
    page.locator(".bench-go .button.is-main").click()
    page.wait_for_url("**/watch/j_*")
    job = page.url.rpartition("/")[2]
    page.reload()
    page.wait_for_selector("h1")
    page.go_back()
    page.wait_for_selector(".bench-go")
    page.go_forward()
    watched(page).click()
    page.wait_for_selector(_READY)
    page.go_back()
    page.wait_for_url(f"**/watch/{job}")
    page.get_by_role("link", name="Compare", exact=True).wait_for()
    assert service.ask("GET", "/api/jobs?kind=filter&limit=200").json()["jobs"][0]["id"] == job


def test_two_tabs_tell_the_same(guest, clip):
    somebody = guest()
    page = somebody.open(f"/make?media={clip['id']}&kind=corrupt", ".bench-go")
    until(page, "!document.querySelector('.bench-go .button.is-main').disabled")
    page.locator(".bench-go .button.is-main").click()
    page.wait_for_url("**/watch/j_*")
    other = somebody.context.new_page()
    other.goto(page.url)
    for one in (page, other):
        one.get_by_role("link", name="Compare", exact=True).wait_for(timeout=120_000)


def test_a_server_that_dies_in_the_middle_is_waited_for_and_the_job_goes_on(browser, fresh):
    accept(fresh)
    clip = fresh.ask("POST", "/api/samples/big-buck-bunny").json()["id"]
    with Visitor.of(browser, fresh) as somebody:
        somebody.forgive("ERR_|Failed to load resource")
        body = {"kind": "filter", "inputs": {"source": clip}, "parameters": {"name": "mosaic", "size": 960}}
        job = fresh.ask("POST", "/api/jobs", body).json()["id"]
        page = somebody.open(f"/watch/{job}")
        until(
            page,
            "(line) => !document.querySelector(line) || document.querySelector(line).textContent.includes('frames')",
            ".watch-line",
        )
        fresh.kill()
        page.get_by_text("The server does not answer just now").wait_for()
        fresh.restart()
        watched(page).click()
        page.wait_for_selector(_READY)
        assert not page.get_by_text("The server does not answer just now").is_visible()


def test_a_wrong_token_is_met_with_a_place_for_the_right_one(browser, service):
    somebody = Visitor(browser.new_context(), service)
    somebody.forgive("401")
    page = somebody.page
    page.goto(service.url + "/studio")
    page.get_by_label("Token, or the whole address").fill("no such token")
    page.get_by_role("button", name="Come in").click()
    page.get_by_text("This token is not known here").wait_for()
    page.get_by_label("Token, or the whole address").fill(f"{service.url}/?token={service.token}")
    page.get_by_role("button", name="Come in").click()
    page.wait_for_selector("muto-drop")
    somebody.__exit__(None)


def test_what_is_no_film_turns_red_and_says_what_to_do(guest, tmp_path):
    somebody = guest()
    page = somebody.open("/studio?all")
    liar = tmp_path / "holiday.mp4"
    liar.write_bytes(b"MZ" + b"\0" * 4096)
    empty = tmp_path / "empty.mov"
    empty.write_bytes(b"")
    somebody.forgive("4(15|22)")
    page.locator("muto-drop input[type=file]").first.set_input_files([liar, empty])
    until(page, "document.querySelectorAll('muto-tile[data-state=refused]').length === 2")
    advice = page.locator("muto-tile[data-state=refused]").all_inner_texts()
    assert all(len(text) > 40 for text in advice)
    page.get_by_role("button", name="Take it off: empty.mov").click()
    until(page, "document.querySelectorAll('muto-tile[data-state=refused]').length === 1")
    assert somebody.axe() == []


def test_two_hundred_files_and_a_folder_at_once_all_arrive(browser, fresh, tmp_path):
    accept(fresh)
    folder = tmp_path / "many"
    (folder / "deep").mkdir(parents=True)
    one = make_clip(folder / "000.mp4", width=34, height=18, num_frames=2).read_bytes()
    for n in range(1, 200):
        (folder / ("deep" if n % 2 else ".") / f"{n:03d}.mp4").write_bytes(one)
    with Visitor.of(browser, fresh) as somebody:
        page = somebody.open("/studio?all")
        page.locator("muto-drop input[webkitdirectory]").set_input_files(folder)
        until(page, "document.querySelectorAll('muto-tile[data-state=ready]').length >= 200", seconds=240)


def test_without_scripts_the_page_says_what_it_is(browser, service):
    with Visitor.of(browser, service, java_script_enabled=False) as somebody:
        assert "Mutoscope needs JavaScript" in somebody.page.inner_text("body")
