"""In the middle of something: back, reload, a closed window, two tabs, a server that dies; nothing is lost."""

import pytest
from footage import padded
from steps import GO, READY, TILES, begin, compared, watched
from visitor import Visitor, until
from work import accept

pytestmark = pytest.mark.web

_AWAY = "The server does not answer just now"
_SLOW = 500_000  # bytes a second
_ALL_AT_ONCE = -1
_LARGE = 6_000_000  # more than goes along with the first request


@pytest.fixture
def large(tmp_path):
    """A film that takes a while to be sent."""
    return padded(tmp_path / "large.mp4", _LARGE)


def line_of(somebody, page):
    """Give a function that sets how fast the page can send."""
    talk = somebody.context.new_cdp_session(page)
    talk.send("Network.enable")

    def become(bytes_a_second):
        told = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": bytes_a_second}
        talk.send("Network.emulateNetworkConditions", told)

    return become


def offsets(page):
    """From which byte on each part of an upload was sent; it fills while the page sends."""
    found = []
    page.on(
        "request",
        lambda one: one.method == "PATCH" and found.append(int(one.headers.get("upload-offset", -1))),
    )
    return found


def half_sent(page, film):
    page.locator("muto-drop input[type=file]").first.set_input_files(film)
    until(page, "(document.querySelector('muto-tile[data-state=uploading]')?.shown.sent ?? 0) > 1500000")


def test_back_forward_and_reload_in_the_middle_lose_nothing(guest, service, clip):
    page = guest().open(f"/make?media={clip['id']}&kind=filter", GO)
    job = begin(page)
    page.reload()
    page.wait_for_selector("h1")
    page.go_back()
    page.wait_for_selector(GO)
    page.go_forward()
    compared(page)
    page.go_back()
    page.wait_for_url(f"**/watch/{job}")
    page.get_by_role("link", name="Compare", exact=True).wait_for()
    made = service.ask("GET", "/api/jobs?kind=filter&limit=200").json()["jobs"]
    assert next(one["id"] for one in made if one["lane"] == "batch") == job  # and not once more; looks do not count


def test_wishes_outlive_a_reload_and_can_be_taken_back(guest, clip):
    page = guest().open(f"/make?media={clip['id']}&kind=corrupt", ".presets .choice")
    preset = "document.querySelector('.presets input:checked')?.value"
    page.locator(".presets .choice", has_text="Srinivas 3").click()
    until(page, f"{preset} === 'srinivas-3'")
    page.reload()
    until(page, f"{preset} === 'srinivas-3'")
    page.locator(".presets .choice", has_text="Srinivas 1").click()
    page.get_by_role("button", name="Undo").click()
    until(page, f"{preset} === 'srinivas-3'")
    page.get_by_role("button", name="Do it again").click()
    until(page, f"{preset} === 'srinivas-1'")
    page.keyboard.press("Control+z")
    until(page, f"{preset} === 'srinivas-3'")


def test_two_tabs_tell_the_same(guest, clip):
    somebody = guest()
    page = somebody.open(f"/make?media={clip['id']}&kind=corrupt", GO)
    begin(page)
    other = somebody.context.new_page()
    other.goto(page.url)
    for one in (page, other):
        one.get_by_role("link", name="Compare", exact=True).wait_for(timeout=120_000)


def test_what_another_tab_has_deleted_is_met_with_a_word(guest, service, film):
    media = service.upload(film)
    somebody = guest()
    somebody.forgive("404")
    page = somebody.open("/studio?all")
    assert service.ask("DELETE", f"/api/media/{media['id']}").status == 204
    tile = page.locator("muto-tile", has_text=film.name).first
    tile.get_by_role("button", name="What to do with").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.locator("dialog").get_by_role("button", name="Delete").click()
    page.get_by_text("It is not here any more").wait_for()


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
        page.get_by_text(_AWAY).wait_for()
        fresh.restart()
        watched(page).click()
        page.wait_for_selector(READY)
        assert not page.get_by_text(_AWAY).is_visible()


def test_an_upload_goes_on_where_it_was_when_the_server_is_back(browser, fresh, large):
    accept(fresh)
    with Visitor.of(browser, fresh) as somebody:
        somebody.forgive("ERR_|Failed to load resource")
        page = somebody.open("/studio?all")
        line = line_of(somebody, page)
        line(_SLOW)
        sent = offsets(page)
        half_sent(page, large)
        fresh.kill()
        page.get_by_text("Waiting for the server").wait_for()
        line(_ALL_AT_ONCE)
        fresh.restart()
        page.wait_for_selector(TILES, timeout=60_000)
        assert sent[-1] > 0
        [media] = fresh.ask("GET", "/api/media").json()["items"]
        assert fresh.ask("GET", f"/api/media/{media['id']}/file").body == large.read_bytes()


def test_an_upload_goes_on_where_it_was_after_the_window_was_closed(browser, fresh, large):
    accept(fresh)
    with Visitor.of(browser, fresh) as somebody:
        somebody.forgive("ERR_")
        page = somebody.open("/studio?all")
        line_of(somebody, page)(_SLOW)
        half_sent(page, large)
        # A browser that closes may still send what it has begun to send: here the line breaks first.
        page.evaluate("document.querySelector('muto-tile[data-state=uploading]').shown.upload.abort()")
        page.close()
        page = somebody.page = somebody.context.new_page()
        sent = offsets(page)
        somebody.open("/studio?all")
        page.locator("muto-drop input[type=file]").first.set_input_files(large)
        page.wait_for_selector(TILES)
        assert sent[0] > 0
        assert large.stat().st_size == fresh.ask("GET", "/api/media").json()["items"][0]["bytes"]


def test_what_is_on_its_way_goes_on_while_one_looks_elsewhere(guest, large):
    somebody = guest()
    page = somebody.open("/studio?all")
    line_of(somebody, page)(2_000_000)
    half_sent(page, large)
    page.get_by_role("link", name="Shelf").click()
    page.wait_for_selector(".shelf-list")
    page.get_by_role("link", name="Studio").click()
    page.locator(TILES, has_text=large.name).wait_for()


def test_a_lost_token_is_asked_for_and_one_is_back_where_one_was(guest, service):
    somebody = guest()
    somebody.forgive("401")
    page = somebody.open("/studio?all")
    somebody.context.clear_cookies()
    page.get_by_role("link", name="Library").click()
    page.get_by_label("Token, or the whole address").fill(service.token)
    assert somebody.axe() == []
    page.get_by_role("button", name="Come in").click()
    page.wait_for_selector("h1:has-text('Library')")
    assert page.url.endswith("/library")
