"""What a person does on the page, one step after another."""

from pathlib import Path
from typing import Any

from visitor import until

TILES = "muto-tile[data-state=ready]"
READY = "muto-compare[data-ready]"
GO = ".bench-go .button.is-main"


def drop_in(page: Any, *paths: Path) -> None:
    """Choose files as the button does, and wait until they are validated."""
    before = page.locator(TILES).count()
    page.locator("muto-drop input[type=file]").first.set_input_files(list(paths))
    until(page, f"(all) => document.querySelectorAll('{TILES}').length >= all", before + len(paths))


def choose(page: Any, name: str, kind: str) -> None:
    """From the Studio to the workbench of a kind."""
    page.get_by_role("link", name=f"Open: {name}").first.click()
    page.locator(f"a.choice-large[href$='kind={kind}']").click()
    page.wait_for_selector(GO)


def begin(page: Any) -> str:
    """Press the button of the workbench once it may be pressed; give the job."""
    page.locator(f"{GO}:enabled").click()
    page.wait_for_url("**/watch/j_*")
    return page.url.rpartition("/")[2]


def watched(page: Any, link: str = "Compare") -> Any:
    """Wait until a job has ended well; give the way on."""
    page.wait_for_url("**/watch/j_*")
    found = page.get_by_role("link", name=link, exact=True)
    found.wait_for(timeout=240_000)
    return found


def compared(page: Any) -> None:
    """From a job that runs to what it has made beside what was there."""
    watched(page).click()
    page.wait_for_url("**/compare/j_*")
    page.wait_for_selector(READY)


def fetched(page: Any, link: str = "Download") -> Path:
    """Download; give where it lies."""
    with page.expect_download() as download:
        page.get_by_role("link", name=link, exact=True).first.click()
    return Path(download.value.path())


def press_menu(page: Any, opener: str, entry: str) -> None:
    """Choose something in a menu."""
    page.get_by_role("button", name=opener, exact=True).first.click()
    page.get_by_role("menuitem", name=entry, exact=True).click()
