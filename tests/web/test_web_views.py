"""Every view: it hinders nobody, each of its buttons may be pressed, nothing comes from elsewhere, it is there soon."""

import time
from pathlib import Path

import pytest
from visitor import until

import mutoscope.service

pytestmark = pytest.mark.web

_WEB = Path(mutoscope.service.__file__).parent / "web"
_MOST_VENDORED = 500_000
_BUTTONS = "main button:visible:not([disabled]), main summary:visible, main [role=tab]:visible"
# What cannot be taken back, what leaves the browser, and what starts work of minutes.
_SPARED = ("Delete", "Choose files", "Choose a folder", "Train it", "Make it with a report")


@pytest.fixture(scope="module")
def views(clip, painted, corrupted, sorted_job):
    return {
        "studio": "/studio?all",
        "make": "/make",
        "kinds": f"/make?media={clip['id']}",
        "stylize": f"/make?media={clip['id']}&kind=stylize",
        "filter": f"/make?media={clip['id']}&kind=filter",
        "corrupt": f"/make?media={clip['id']}&kind=corrupt",
        "watch": f"/watch/{painted['id']}",
        "compare": f"/compare/{painted['id']}",
        "sort": f"/sort/{sorted_job['id']}",
        "agents": f"/corrupt/{corrupted['id']}",
        "shelf": "/shelf",
        "train": "/train",
        "library": "/library",
        "guidelines": "/guidelines",
    }


NAMES = (
    "studio", "make", "kinds", "stylize", "filter", "corrupt", "watch", "compare", "sort", "agents", "shelf", "train",
    "library", "guidelines",
)  # fmt: skip


def quiet(page):
    """Wait until a view has come to rest."""
    page.wait_for_selector("h1")
    page.wait_for_timeout(1200)


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("size", [(360, 740), (1280, 800), (2560, 1440)])
@pytest.mark.parametrize("name", NAMES)
def test_a_view_hinders_nobody_and_fits(guest, views, name, size, scheme):
    visitor = guest(*size, color_scheme=scheme)
    page = visitor.open(views[name])
    quiet(page)
    assert visitor.axe() == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]


@pytest.mark.parametrize("name", NAMES)
def test_every_button_of_a_view_may_be_pressed(visitor, views, name):
    page = visitor.open(views[name])
    quiet(page)
    address = page.url
    count = page.locator(_BUTTONS).count()
    pressed = 0
    for n in range(count):
        if page.url != address:
            visitor.open(views[name])
            quiet(page)
        button = page.locator(_BUTTONS).nth(n)
        if not button.count():
            break
        label = button.get_attribute("aria-label") or button.inner_text()
        if label.startswith(_SPARED) or "is-main" in (button.get_attribute("class") or ""):
            continue
        button.click(timeout=5000, force=True)
        pressed += 1
        page.wait_for_timeout(60)
        page.keyboard.press("Escape")
    assert pressed or not count
    assert not page.get_by_text("A part of this page failed").count()


@pytest.mark.parametrize("name", NAMES)
def test_a_view_can_be_walked_by_the_keyboard_with_the_focus_in_sight(visitor, views, name):
    page = visitor.open(views[name])
    quiet(page)
    seen = set()
    for _ in range(25):
        page.keyboard.press("Tab")
        told = page.evaluate(
            """() => {
              const at = document.activeElement;
              const box = at.getBoundingClientRect();
              const style = getComputedStyle(at);
              return [at.tagName + at.textContent.slice(0, 30), box.width > 0 && box.height > 0, style.outlineStyle];
            }"""
        )
        seen.add(told[0])
        assert told[1], told
    assert len(seen) > 3


def test_the_first_view_is_usable_within_a_second(guest, service):
    page = guest().page
    times = []
    for _ in range(3):
        began = time.monotonic()
        page.goto(service.url + "/studio?all", wait_until="commit")
        until(page, "!!document.querySelector('muto-drop button')", seconds=20)
        times.append(time.monotonic() - began)
    print(f"first view: {[round(one, 2) for one in times]} s")
    assert min(times) < 1


def test_vendored_scripts_stay_small_and_carry_their_licences():
    scripts = sorted((_WEB / "vendor").glob("*.js"))
    assert sum(script.stat().st_size for script in scripts) < _MOST_VENDORED
    for script in scripts:
        assert (_WEB / "vendor" / f"{script.name.split('.')[0]}.LICENSE").is_file()


def test_going_from_view_to_view_adds_no_listeners_and_leaves_no_films_open(visitor, views):
    page = visitor.open("/studio?all")
    for name in ("compare", "sort", "agents", "studio"):
        page.evaluate("(path) => import('/web/app.js').then((app) => app.go(path))", views[name])
        quiet(page)
    assert page.locator("video").count() == 0
