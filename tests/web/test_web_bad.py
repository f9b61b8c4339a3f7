"""What goes wrong: files, limits, tokens, browsers. Each has an answer in plain words that says what to do."""

import pytest
from footage import padded
from steps import GO, READY, TILES, drop_in
from visitor import Visitor, until
from work import accept

from mutoscope.testing.media import make_clip
from service_client import running_service

pytestmark = pytest.mark.web

_REFUSED = "muto-tile[data-state=refused]"
_FIVE_GB = 5_000_000_000


@pytest.fixture
def five_gb(tmp_path):
    """A film of 5 GB, almost all of which is a hole on the disk."""
    film = make_clip(tmp_path / "long.mp4", width=96, height=54, num_frames=10)
    with film.open("r+b") as file:
        file.truncate(_FIVE_GB)
    return film


@pytest.fixture
def limited(tmp_path):
    """Servers with settings of their own: `limited("max_bytes=1000")`."""
    opened = []

    def start(*settings):
        said = [word for one in settings for word in ("-o", one)]
        opened.append(running_service(tmp_path, *said, name="limited"))
        running = opened[-1].__enter__()
        accept(running)
        return running

    yield start
    for one in opened:
        one.__exit__(None, None, None)


def dropped(page, *paths):
    page.locator("muto-drop input[type=file]").first.set_input_files(list(paths))


def test_a_film_of_5_gb_that_is_too_large_is_refused_before_it_is_sent(browser, limited, five_gb):
    with Visitor.of(browser, limited("upload_bytes=4000000000")) as somebody:
        page = somebody.open("/studio?all")
        sent = []
        page.on("request", lambda one: one.method in ("POST", "PATCH") and sent.append(one.url))
        dropped(page, five_gb)
        page.get_by_text("That is too large for this server").wait_for()
        page.get_by_text("It has 5.0 GB, and this server takes 4.0 GB at most.").wait_for()
        assert not sent
        assert somebody.axe() == []


def test_a_film_of_5_gb_that_is_taken_is_sent_in_sight_and_can_be_stopped(guest, five_gb):
    somebody = guest()
    page = somebody.open("/studio?all")
    talk = somebody.context.new_cdp_session(page)
    talk.send("Network.enable")
    told = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 2_000_000}
    talk.send("Network.emulateNetworkConditions", told)
    dropped(page, five_gb)
    page.get_by_text("5.0 GB to go").wait_for()
    until(page, "document.querySelector('muto-tile[data-state=uploading]').shown.sent > 1e6")
    with page.expect_response(lambda answer: answer.request.method == "DELETE") as gone:
        page.get_by_role("button", name="Take it off: long.mp4").click()
    assert gone.value.status == 204
    until(page, "!document.querySelector('muto-tile[data-state=uploading]')")


@pytest.mark.parametrize(
    ("setting", "title"),
    [
        ("max_bytes=3000000", "Your space here is used up"),
        (f"disk_free_bytes={10**15}", "The disk of the server is full"),
    ],
    ids=["quota", "disk"],
)
def test_no_room_is_told_with_what_to_do(browser, limited, tmp_path, setting, title):
    with Visitor.of(browser, limited(setting)) as somebody:
        somebody.forgive("507")
        page = somebody.open("/studio?all")
        dropped(page, padded(tmp_path / "large.mp4", 5_000_000))
        page.locator(_REFUSED, has_text=title).wait_for()
        assert "delete" in page.locator(".tile-advice").inner_text().lower()
        assert somebody.axe() == []


def test_where_the_quota_was_reached_there_is_room_again_after_deleting(browser, limited, tmp_path):
    first, second = (padded(tmp_path / name, 1_800_000) for name in ("first.mp4", "second.mp4"))
    with Visitor.of(browser, limited("max_bytes=3000000")) as somebody:
        somebody.forgive("507")
        page = somebody.open("/studio?all")
        drop_in(page, first)
        dropped(page, second)
        page.locator(_REFUSED).wait_for()
        page.get_by_role("button", name="What to do with first.mp4").click()
        page.get_by_role("menuitem", name="Delete").click()
        page.locator("dialog").get_by_role("button", name="Delete").click()
        until(page, f"!document.querySelector('{TILES}')")
        page.get_by_role("button", name="Try again: second.mp4").click()
        page.locator(TILES, has_text="second.mp4").wait_for()


@pytest.mark.parametrize(
    ("setting", "title"),
    [("max_jobs=1", "Too many jobs wait already"), ("max_cost=1e-9", "The cost limit is reached")],
    ids=["jobs", "cost"],
)
def test_no_further_job_is_told_with_what_to_do(browser, limited, setting, title):
    running = limited(setting)
    clip = running.ask("POST", "/api/samples/big-buck-bunny").json()["id"]
    spends = setting.startswith("max_cost")
    parameters = {"name": "mosaic", "size": 160 if spends else 960}
    body = {"kind": "filter", "inputs": {"source": clip}, "parameters": parameters}
    job = running.ask("POST", "/api/jobs", body).json()["id"]
    if spends:
        running.wait(job)
    with Visitor.of(browser, running) as somebody:
        somebody.forgive("40[29]|403|429")
        page = somebody.open(f"/make?media={clip}&kind=filter", f"{GO}:enabled")
        page.locator(GO).click()
        page.locator(".notice.is-bad", has_text=title).wait_for()
        page.wait_for_selector(f"{GO}:enabled")


def test_what_is_no_film_turns_red_and_says_what_to_do(guest, tmp_path):
    somebody = guest()
    page = somebody.open("/studio?all")
    liar, empty = tmp_path / "holiday.mp4", tmp_path / "empty.mov"
    liar.write_bytes(b"MZ" + b"\0" * 4096)
    empty.write_bytes(b"")
    somebody.forgive("4(15|22)")
    dropped(page, liar, empty)
    until(page, f"document.querySelectorAll('{_REFUSED}').length === 2")
    advice = page.locator(_REFUSED).all_inner_texts()
    assert all(len(text) > 40 for text in advice)
    page.get_by_role("button", name="Take it off: empty.mov").click()
    until(page, f"document.querySelectorAll('{_REFUSED}').length === 1")
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
        until(page, f"document.querySelectorAll('{TILES}').length >= 200", seconds=240)


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
    somebody.__exit__(None, None, None)


@pytest.mark.parametrize(
    "path", ["/nowhere", "/watch/j_0123456789abcdefghijkl", "/compare/j_x", "/sort/j_x", "/corrupt/j_x"]
)
def test_an_address_of_nothing_says_so_and_leads_back(guest, path):
    somebody = guest()
    somebody.forgive("40[04]|422")
    page = somebody.open(path, "h1:has-text('There is no such page')")
    page.get_by_role("link", name="To the Studio").click()
    page.wait_for_selector("muto-drop")


def test_a_film_that_is_gone_leads_to_the_choice_of_another(guest):
    somebody = guest()
    somebody.forgive("404")
    somebody.open("/make?media=m_0123456789abcdefghijkl&kind=filter", "h1:has-text('Which film?')")


def test_compare_works_where_the_browser_keeps_nothing(guest, painted):
    somebody = guest()
    somebody.context.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } });"
    )
    somebody.open(f"/compare/{painted['id']}", READY)
    somebody.open("/studio?all", TILES)
