"""Every button of every view does something; menus, questions, the theme."""

import pytest
from steps import TILES, press_menu
from views import NAMES
from visitor import until

from mutoscope.testing.media import make_clip

pytestmark = pytest.mark.web

_BUTTONS = "main button:visible:enabled, main summary:visible, main [role=tab]:visible"
# What is chosen already changes nothing when it is chosen again; the grip of a card listens to keys and to dragging.
_CALM = "(at) => at.matches('[aria-pressed=true], [aria-selected=true], .card-grip')"
# What starts work of minutes has tests of its own, which cancel it.
_STARTS = ("Train it", "Make it with a report", "Learn this film first")
_LISTEN = """() => {
  window.__done = 0;
  new MutationObserver(() => window.__done++).observe(document.documentElement, {
    subtree: true, childList: true, attributes: true, characterData: true,
  });
}"""


def count_of(page):
    return page.evaluate("window.__done ?? 1")


def now_at(page, buttons, n):
    """The n-th button that was there at first, also where the view was drawn anew since; None: it is gone."""
    if n < len(buttons) and buttons[n].evaluate("(at) => at.isConnected"):
        return buttons[n]
    drawn = page.locator(_BUTTONS).element_handles()
    return drawn[n] if n < len(drawn) else None


def is_pressed_here(button):
    if not button.is_visible() or not button.is_enabled():
        return False
    label = button.get_attribute("aria-label") or button.inner_text()
    if label.startswith(_STARTS) or "is-main" in (button.get_attribute("class") or ""):
        return False
    return not button.evaluate(_CALM)


@pytest.mark.parametrize("name", NAMES)
def test_every_button_of_a_view_does_something(visitor, views, name):
    page = visitor.page
    happened = []
    page.on("request", lambda _: happened.append("request"))
    page.on("filechooser", lambda _: happened.append("files"))
    page.on("download", lambda _: happened.append("download"))

    def come():
        visitor.open(views[name])
        visitor.quiet()
        page.evaluate(_LISTEN)
        return page.url

    address = come()
    many = page.locator(_BUTTONS).count()
    buttons = page.locator(_BUTTONS).element_handles()
    for n in range(many):
        button = now_at(page, buttons, n)
        if button is None or not is_pressed_here(button):
            continue
        before = count_of(page)
        happened.clear()
        button.click(timeout=5000)
        if not button.is_visible() or page.url != address:
            happened.append("gone")
        for _ in range(25):
            if happened or count_of(page) != before:
                break
            page.wait_for_timeout(40)
        assert happened or count_of(page) != before, f"nothing happens: {button.inner_text()}"
        page.keyboard.press("Escape")
        if page.url != address:
            address = come()
            buttons = page.locator(_BUTTONS).element_handles()
    assert not page.get_by_text("A part of this page failed").count()


@pytest.mark.parametrize("name", ["studio", "results", "media", "jobs"])
def test_every_entry_of_a_menu_may_be_chosen(visitor, views, name):
    page = visitor.open(views[name])
    visitor.quiet()
    opener = page.locator("main muto-menu > button").first
    opener.click()
    entries = page.get_by_role("menuitem").all_inner_texts()
    assert entries[-1] == "Delete"
    page.keyboard.press("ArrowUp")
    assert page.evaluate("document.activeElement.textContent") == "Delete"
    page.keyboard.press("Escape")
    assert not page.get_by_role("menuitem").count()
    for entry in entries:
        opener.click()
        item = page.get_by_role("menuitem", name=entry, exact=True)
        if entry == "Download":
            with page.expect_download():
                item.click()
        elif entry in ("Rename", "Delete"):
            item.click()
            assert visitor.axe() == []
            page.locator("dialog").get_by_role("button", name="Cancel").click()
        else:
            item.click()
            until(page, "(path) => location.pathname + location.search !== path", views[name])
            visitor.open(views[name])
            visitor.quiet()


def test_a_film_is_renamed_and_deleted_only_after_a_question(guest, service, film):
    somebody = guest()
    media = service.upload(film, "once.mp4")
    page = somebody.open("/studio?all", "muto-tile:has-text('once.mp4')")
    press_menu(page, "What to do with once.mp4", "Rename")
    page.locator("dialog input").fill("twice.mp4")
    page.locator("dialog").get_by_role("button", name="Save").click()
    page.locator("muto-tile", has_text="twice.mp4").wait_for()
    press_menu(page, "What to do with twice.mp4", "Delete")
    page.locator("dialog", has_text="There is no way back").wait_for()
    page.keyboard.press("Escape")
    assert service.ask("GET", f"/api/media/{media['id']}").json()["name"] == "twice.mp4"
    press_menu(page, "What to do with twice.mp4", "Delete")
    page.locator("dialog").get_by_role("button", name="Delete").click()
    page.get_by_text("Deleted.").wait_for()
    assert not page.locator("muto-tile", has_text="twice.mp4").count()
    assert service.ask("GET", f"/api/media/{media['id']}").status == 404


def test_several_films_are_chosen_left_and_deleted_at_once(guest, service, tmp_path):
    somebody = guest()
    films = [make_clip(tmp_path / f"many-{n}.mp4", width=34, height=18, num_frames=n + 2) for n in range(2)]
    made = [service.upload(film)["id"] for film in films]
    page = somebody.open("/studio?all", TILES)
    for _ in range(2):
        for film in films:
            page.get_by_role("checkbox", name=f"Select {film.name}").check(force=True)
        page.get_by_text("2 chosen").wait_for()
        if page.get_by_role("button", name="Choose none").count() and not page.evaluate("window.__once"):
            page.get_by_role("button", name="Choose none").click()
            page.evaluate("window.__once = true")
            until(page, "document.querySelector('.choosing').hidden")
    page.locator(".choosing").get_by_role("button", name="Delete").click()
    page.locator("dialog", has_text="Delete 2 for good?").get_by_role("button", name="Delete").click()
    page.get_by_text("2 deleted.").wait_for()
    assert all(service.ask("GET", f"/api/media/{one}").status == 404 for one in made)


def test_a_job_is_deleted_with_what_it_made_after_a_question(guest, service, clip):
    body = {"kind": "filter", "inputs": {"source": clip["id"]}, "parameters": {"name": "mosaic", "size": 64}}
    job = service.ask("POST", "/api/jobs", body).json()["id"]
    service.wait(job)
    somebody = guest()
    page = somebody.open("/library?show=jobs", f"[data-id='{job}']")
    page.locator(f"[data-id='{job}'] muto-menu button").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.locator("dialog").get_by_role("button", name="Delete").click()
    until(page, "(id) => !document.querySelector(`[data-id='${id}']`)", job)
    assert service.ask("GET", f"/api/jobs/{job}").status == 404


def test_the_theme_is_switched_and_kept(guest):
    somebody = guest()
    page = somebody.open("/studio?all")
    theme = "document.documentElement.dataset.theme"
    for entry, wanted in (("as the system", "dark"), ("dark", "light")):
        press_menu(page, "More", f"Theme: {entry}")
        until(page, f"{theme} === '{wanted}'")
    page.reload()
    page.wait_for_selector("h1")
    assert page.evaluate(theme) == "light"
    assert somebody.axe() == []
    press_menu(page, "More", "Theme: light")
    until(page, f"{theme} === 'dark'")
    assert page.evaluate("localStorage.getItem('mutoscope.theme')") is None


@pytest.mark.parametrize("entry", ["Guidelines", "API explorer", "What errors mean"])
def test_the_menu_of_the_page_leads_on(guest, entry):
    page = guest().open("/studio?all")
    press_menu(page, "More", entry)
    until(page, "location.pathname !== '/studio'")
    page.wait_for_selector("h1")
