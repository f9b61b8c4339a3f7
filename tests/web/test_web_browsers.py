"""Browsers that can do less, and parts of the page that do not arrive: what is left works, and says what is missing."""

import pytest
from chromium import CHROMIUM_ARGS, find_chromium
from steps import READY, compared
from visitor import Visitor, until

pytestmark = pytest.mark.web

_BODY = {"kind": "filter", "parameters": {"name": "mosaic", "size": 480}}


@pytest.fixture(scope="module")
def plain_browser(browser):
    """A browser without a graphics card, and so without WebGL."""
    opened = browser.browser_type.launch(
        executable_path=find_chromium(), args=[*CHROMIUM_ARGS, "--disable-gpu", "--disable-3d-apis"]
    )
    yield opened
    opened.close()


def begun(service, clip):
    answer = service.ask("POST", "/api/jobs", {**_BODY, "inputs": {"source": clip["id"]}})
    return answer.json()["id"]


def test_nothing_needs_webgl(plain_browser, service, clip, painted):
    with Visitor.of(plain_browser, service) as somebody:
        page = somebody.open(f"/watch/{begun(service, clip)}")
        assert page.evaluate("document.createElement('canvas').getContext('webgl')") is None
        until(page, "document.querySelector('muto-loading')?.times.length > 10 || !!document.querySelector('video')")
        compared(page)
        somebody.open(f"/compare/{painted['id']}", READY)
        page.get_by_role("button", name="Difference").click()
        until(page, "document.querySelector('muto-compare canvas').width > 100")


def test_without_a_loading_screen_a_job_is_watched_all_the_same(guest, service, clip):
    somebody = guest()
    somebody.forgive("ERR_FAILED")
    somebody.context.route("**/web/loading/host.js", lambda route: route.abort())
    compared(somebody.open(f"/watch/{begun(service, clip)}"))


def test_a_browser_that_does_not_draw_shows_all_the_rest(guest, service, clip, corrupted, sorted_job):
    somebody = guest()
    somebody.context.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
    page = somebody.open(f"/watch/{begun(service, clip)}")
    compared(page)
    somebody.open(f"/corrupt/{corrupted['id']}", ".corrupt-layer")
    page.get_by_text("does not draw here").first.wait_for()
    somebody.open(f"/sort/{sorted_job['id']}", ".sort-clip")
    page.get_by_text("does not draw here").first.wait_for()


def test_without_scripts_the_page_says_what_it_is(browser, service):
    with Visitor.of(browser, service, java_script_enabled=False) as somebody:
        assert "Mutoscope needs JavaScript" in somebody.page.inner_text("body")


@pytest.mark.parametrize("part", ["app.js", "state.js"])
def test_a_page_that_cannot_start_says_so(guest, part):
    somebody = guest()
    somebody.forgive("ERR_FAILED|Failed to load")
    somebody.context.route(f"**/web/{part}", lambda route: route.abort())
    page = somebody.page
    page.goto(somebody.service.url + "/studio")
    page.locator("#broken", has_text="This page could not start").wait_for(state="visible")
    assert somebody.axe() == []
    somebody.context.unroute(f"**/web/{part}")
    page.get_by_role("link", name="Load it again").click()
    page.wait_for_selector("muto-drop")


def test_a_script_that_no_engine_of_this_browser_understands_says_so(guest):
    somebody = guest()
    somebody.forgive("SyntaxError|[Uu]nexpected token")
    somebody.context.route(
        "**/web/element.js", lambda route: route.fulfill(body="export const h = ¤;", content_type="text/javascript")
    )
    somebody.page.goto(somebody.service.url + "/studio")
    somebody.page.locator("#broken").wait_for(state="visible")


@pytest.mark.parametrize("fault", ["away", "broken"])
def test_a_view_that_fails_says_so_and_the_others_work(guest, fault):
    somebody = guest()
    somebody.forgive("ERR_FAILED|Failed to fetch|of a view")

    def answer(route):
        if fault == "away":
            return route.abort()
        return route.fulfill(
            body="export function render() { throw new Error('of a view'); }", content_type="text/javascript"
        )

    somebody.context.route("**/web/views/shelf.js", answer)
    page = somebody.open("/shelf", "h1:has-text('Something on this page went wrong')")
    assert somebody.axe() == []
    page.get_by_role("link", name="To the Studio").click()
    page.wait_for_selector("muto-drop")
    somebody.context.unroute("**/web/views/shelf.js")
    page.go_back()
    if fault == "broken":  # what did not arrive is fetched anew without being asked for
        page.get_by_role("button", name="Load the page again").click()
    page.wait_for_selector(".shelf-list")


def test_an_error_in_passing_is_told_once(guest):
    somebody = guest()
    somebody.forgive("in passing")
    page = somebody.open("/studio?all")
    for _ in range(2):
        page.evaluate("() => void setTimeout(() => { throw new Error('in passing'); })")
    page.get_by_text("A part of this page failed").wait_for()
    page.wait_for_timeout(100)
    assert page.locator(".notice").count() == 1
