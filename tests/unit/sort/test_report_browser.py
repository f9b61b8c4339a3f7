"""The page in a real browser: skipped where there is none."""

import csv
import json
from pathlib import Path

import pytest
from headless_page import Page, find_browser
from report_clips import made_up, unreadable

from mutoscope.sort.params import SortParams
from mutoscope.sort.report.write import write_report

pytestmark = pytest.mark.skipif(find_browser() is None, reason="no Chromium or Chrome is installed here")

HOSTILE = "</script><img src=x onerror=alert(1)>\n'\"&🎬.mp4"


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    patch = pytest.MonkeyPatch()
    patch.setenv("MUTOSCOPE_CACHE", str(folder / "cache"))
    clips = [
        made_up("a.mp4", seed=3, group=0),
        made_up("day 2/" + HOSTILE, seed=9, group=0, is_best_of_group=True),
        *[made_up(f"c{number:02}.mp4", 2000, 31, seed=number) for number in range(20)],
        made_up("one frame.mp4", 1, 1, seed=60),
        unreadable("day 2/" + HOSTILE, "</li><script>alert(2)</script>"),
    ]
    path = write_report(clips, folder / "report", Path("/nowhere"), SortParams())
    patch.undo()
    with Page(folder / "profile") as page:
        page.resize(1400, 1000)
        yield page, path


@pytest.fixture
def page(opened):
    page, path = opened
    page.resize(1400, 1000)
    if page.run("location.protocol") != "file:":
        page.open(path)
    page.run("localStorage.clear()")
    page.open(path)
    yield page
    assert page.said == [], "errors, warnings, dialogs or refused scripts"


def colours_of(page, selector):
    return page.run(
        f"""(() => {{ const c = document.querySelector({json.dumps(selector)});
        const d = c.getContext("2d").getImageData(0, 0, c.width, c.height).data; const seen = new Set();
        for (let i = 0; i < d.length; i += 4) if (d[i + 3] > 60) seen.add([d[i], d[i + 1], d[i + 2]].join());
        return seen.size; }})()"""
    )


def test_strips_and_curves_are_drawn(page):
    assert colours_of(page, "#clip-0 canvas.strip") > 3
    assert colours_of(page, "#clip-0 canvas.curves") > 2
    assert page.run("document.querySelector('#clip-0 .segments').children.length") == 5


def test_a_hostile_name_is_shown_and_does_not_run(page):
    assert page.run("document.querySelectorAll('script').length") == 2
    assert page.run("document.querySelectorAll('img[src=x]').length") == 0
    name = page.run("document.querySelector('#clip-1 h2').textContent")
    assert name == "day 2/" + HOSTILE.replace("\n", "␊")
    assert "<script>alert(2)" in page.run("document.getElementById('failed').textContent")


def test_clips_far_below_are_not_built_until_they_are_near(page):
    assert page.run("page.views.filter((view) => view.isBuilt).length") < 10
    page.run("window.scrollTo(0, document.body.scrollHeight)")
    page.settle()
    assert page.run("page.views.at(-1).isBuilt")


def test_keys_step_and_decide_and_the_table_says_so(page):
    for key in "llklrjj":
        page.press(key)
    rows = list(csv.DictReader(page.run("decisionsTable()").splitlines()))
    assert [(row["path"], row["first"], row["end"], row["verdict"], row["fault"], row["decision"]) for row in rows] == [
        ("a.mp4", "50", "100", "reject", "shaky", "keep"),
        ("a.mp4", "100", "150", "keep", "", "reject"),
    ]
    assert page.run("document.querySelector('.segment.current .what').textContent") == "keep"
    assert "(2)" in page.run("document.getElementById('save').textContent")


def test_a_click_decides_and_a_second_one_takes_it_back(page):
    button = "document.querySelector('#clip-0 .segment button.reject')"
    before = page.run("document.getElementById('summary').textContent")
    box = page.run(f"(() => {{ const b = {button}.getBoundingClientRect(); return [b.x + 5, b.y + 5]; }})()")
    for count in (1, 0):
        for kind in ("mousePressed", "mouseReleased"):
            page.mouse(kind, *box, button="left", clickCount=1)
        assert page.run("decisions.size") == count
        assert page.run(f"{button}.getAttribute('aria-pressed')") == ("true" if count else "false")
    assert page.run("document.getElementById('summary').textContent") == before


def test_decisions_are_there_after_the_page_is_opened_again(page, opened):
    page.press("l")
    page.press("u")
    page.open(opened[1])
    assert page.run("decisions.size") == 1
    assert page.run("document.querySelector('#clip-0 .choose.decided .by').textContent") == "by you"


def test_what_is_saved_is_what_is_read(page, tmp_path):
    from mutoscope.sort.decisions import read_decisions
    from mutoscope.sort.own_thresholds import Decision

    for key in "llllllkl":
        page.press(key)
    path = tmp_path / "decisions.csv"
    path.write_bytes(page.run("decisionsTable()").encode())
    assert read_decisions(path) == ([Decision("day 2/" + HOSTILE, 0, 50, True)], [])


def test_the_cursor_tells_time_and_values(page):
    x, y = page.run("(() => { const b = document.querySelector('#clip-0 .axis').getBoundingClientRect(); "
                    "return [b.x + b.width / 4, b.y + 40]; })()")  # fmt: skip
    page.mouse("mouseMoved", x, y)
    assert page.run("document.querySelector('#clip-0 .now').textContent").startswith("2.5")
    told = page.run("document.querySelector('#clip-0 .axis').getAttribute('aria-valuetext')")
    assert "reject: shaky" in told
    assert "% of width" in told


def test_dragging_zooms_and_a_key_shows_the_whole_again(page):
    x, y, width = page.run("(() => { const b = document.querySelector('#clip-0 .axis').getBoundingClientRect(); "
                           "return [b.x, b.y + 40, b.width]; })()")  # fmt: skip
    page.mouse("mousePressed", x + width * 0.2, y, button="left", clickCount=1)
    page.mouse("mouseMoved", x + width * 0.3, y, buttons=1)
    page.mouse("mouseMoved", x + width * 0.6, y, buttons=1)
    page.mouse("mouseReleased", x + width * 0.6, y, button="left", clickCount=1)
    view = page.run("[page.views[0].view.start, page.views[0].view.end]")
    assert view == pytest.approx([2, 6], abs=0.03)
    page.run("document.querySelector('#clip-0 .axis').focus()")
    page.press("0")
    assert page.run("[page.views[0].view.start, page.views[0].view.end]") == [0, 10]


def test_filters_and_orders_choose_clips(page):
    def choose(field, value):
        page.run(
            f"""(() => {{ const e = document.getElementById({json.dumps(field)});
            if (e.type === "checkbox") e.checked = {json.dumps(value)}; else e.value = {json.dumps(value)};
            e.dispatchEvent(new Event("input", {{ bubbles: true }})); }})()"""
        )
        return page.run("page.order.map((clip) => clip.path)")

    assert choose("order", "score")[0] == "one frame.mp4"
    assert choose("by-name", "A.MP4") == ["a.mp4"]
    assert len(choose("by-name", "")) == 23
    assert "one frame.mp4" not in choose("by-fault", "shaky")
    assert "a.mp4" not in choose("best-only", True)
    assert choose("by-verdict", "decided") == []
    assert "No clip is like that" in page.run("document.getElementById('clips').textContent")


@pytest.mark.parametrize("width", [1400, 760, 420])
def test_nothing_sticks_out_at_any_width(page, width):
    page.resize(width, 900, dark=width == 420)
    page.settle()
    assert page.run("document.documentElement.scrollWidth <= innerWidth")


def test_everything_that_can_be_done_has_a_name(page):
    nameless = page.run(
        """[...document.querySelectorAll("button, input, select, [role=img], [role=slider], img")]
        .filter((e) => !(e.textContent.trim() || e.hasAttribute("aria-label") || e.hasAttribute("alt")))
        .filter((e) => !e.labels?.length)
        .map((e) => e.outerHTML)"""
    )
    assert nameless == []
