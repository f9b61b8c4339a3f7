"""Compare: two films as one, frame by frame; what was done; how to do it again."""

import hashlib
import json
import shlex
import subprocess
import sys
from pathlib import Path

import av
import pytest
from visitor import until

from mutoscope.recipes.recipe import load_recipe

pytestmark = pytest.mark.web

READY = "muto-compare[data-ready]"
_COMPARE = "document.querySelector('muto-compare')"
_SEEN = """async (address) => {
  // Which of three neighbours a video shows: that which differs least from the frame that the server decodes.
  const film = document.querySelectorAll("muto-compare video");
  const draw = (picture) => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 96, height: 54 });
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    pen.drawImage(picture, 0, 0, 96, 54);
    return pen.getImageData(0, 0, 96, 54).data;
  };
  const found = [];
  for (const [n, addresses] of address.entries()) {
    const seen = draw(film[n]);
    const gaps = [];
    for (const one of addresses) {
      const picture = Object.assign(new Image(), { src: one });
      await picture.decode();
      const other = draw(picture);
      let gap = 0;
      for (let at = 0; at < seen.length; at++) gap += Math.abs(seen[at] - other[at]);
      gaps.push(gap);
    }
    found.push(gaps.indexOf(Math.min(...gaps)));
  }
  return found;
}"""


def number(page):
    return page.evaluate(f"{_COMPARE}.twin.number")


def settled(page):
    until(page, f"!{_COMPARE}.twin.isBusy")


def test_what_is_seen_paused_is_exactly_the_frame_that_is_named(visitor, clip, painted):
    page = visitor.open(f"/compare/{painted['id']}", READY)
    for key, wanted in ((".", 1), (".", 2), (".", 3), (",", 2)):
        page.keyboard.press(key)
        until(page, f"{_COMPARE}.twin.number === {wanted} && !{_COMPARE}.twin.isBusy")
    for wanted in (17, 31, 47):
        page.evaluate(f"(n) => {_COMPARE}.twin.seek({_COMPARE}.twin.times.middle(n))", wanted)
        settled(page)
        assert number(page) == wanted
        near = range(max(0, wanted - 1), min(48, wanted + 2))
        addresses = [
            [f"/api/media/{media}/frames/{n}?format=png" for n in near]
            for media in (clip["id"], painted["results"][0]["id"])
        ]
        assert page.evaluate(_SEEN, addresses) == [list(near).index(wanted)] * 2
        assert page.inner_text(".compare-frame") == f"Frame {wanted + 1} of 48"


def test_both_films_play_in_step_and_stop_on_one_frame(visitor, painted):
    page = visitor.open(f"/compare/{painted['id']}", READY)
    page.keyboard.press("Space")
    until(page, f"{_COMPARE}.twin.isPlaying && {_COMPARE}.twin.number > 5")
    page.keyboard.press("k")
    until(page, f"!{_COMPARE}.twin.isPlaying && !{_COMPARE}.twin.isBusy")
    first, second = page.evaluate(f"{_COMPARE}.twin.sides.map((side) => side.times.number(side.seconds))")
    assert first == second > 5


def test_it_plays_round_and_round_only_where_that_is_wished(visitor, painted):
    page = visitor.open(f"/compare/{painted['id']}", READY)
    page.get_by_role("button", name="Play round and round").click()
    page.evaluate(f"{_COMPARE}.twin.seek(1.7)")
    page.keyboard.press("k")
    until(page, f"!{_COMPARE}.twin.isPlaying && {_COMPARE}.twin.number === 47")
    page.get_by_role("button", name="Play round and round").click()
    page.keyboard.press("k")
    until(page, f"{_COMPARE}.twin.isPlaying && {_COMPARE}.twin.number < 20")


def test_the_border_moves_by_mouse_keys_and_finger(guest, painted):
    visitor = guest(has_touch=True)
    page = visitor.open(f"/compare/{painted['id']}", READY)
    box = page.locator(".compare-stage").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 4, box["y"] + 40, steps=3)
    page.mouse.up()
    assert page.evaluate(f"{_COMPARE}.border") == pytest.approx(0.25, abs=0.01)
    handle = page.get_by_role("slider", name="Border between before and after")
    handle.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    assert handle.get_attribute("aria-valuenow") == "37"
    page.keyboard.press("End")
    assert handle.get_attribute("aria-valuenow") == "100"
    page.touchscreen.tap(box["x"] + box["width"] * 0.6, box["y"] + 60)
    assert page.evaluate(f"{_COMPARE}.border") == pytest.approx(0.6, abs=0.02)


def test_the_difference_is_dark_where_nothing_changed_and_bright_where_much_did(visitor, painted):
    page = visitor.open(f"/compare/{painted['id']}", READY)
    page.get_by_role("button", name="Difference").click()
    mean = """() => {
      const canvas = document.querySelector("muto-compare canvas");
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      let sum = 0;
      for (let n = 0; n < data.length; n += 4) sum += data[n] + data[n + 1] + data[n + 2];
      return sum / (data.length / 4) / 3;
    }"""
    strong = page.evaluate(mean)
    page.get_by_label("Strength of the difference").select_option("1")
    weak = page.evaluate(mean)
    assert strong > weak > 5
    # Of a film with itself there is none.
    page.evaluate(f"{_COMPARE}.films = {{ before: {_COMPARE}.media.after, after: {_COMPARE}.media.after }}")
    page.wait_for_timeout(1500)
    page.evaluate(f"{_COMPARE}.mode = 'difference'")
    assert page.evaluate(mean) < 1


def test_enlarging_keeps_the_point_under_the_cursor_and_fit_shows_all(visitor, painted):
    page = visitor.open(f"/compare/{painted['id']}", READY)
    page.keyboard.press("+")
    page.keyboard.press("+")
    assert page.evaluate(f"{_COMPARE}.zoom.scale") == pytest.approx(2.25)
    assert page.inner_text(".compare-size") == "225 %"
    page.keyboard.press("0")
    assert page.evaluate(f"{_COMPARE}.zoom.scale") == 1
    box = page.locator(".compare-stage").bounding_box()
    page.mouse.dblclick(box["x"] + 30, box["y"] + 30)
    zoom = page.evaluate(f"(({{ x, y, scale }}) => [x, y, scale])({_COMPARE}.zoom)")
    assert zoom == [pytest.approx(-30, abs=1), pytest.approx(-30, abs=1), 2]


def test_side_by_side_shows_both_whole(visitor, painted):
    page = visitor.open(f"/compare/{painted['id']}", READY)
    page.get_by_role("button", name="Side by side").click()
    before, after = page.locator(".is-before").bounding_box(), page.locator(".is-after").bounding_box()
    assert before["x"] + before["width"] <= after["x"] + 1
    assert before["width"] == pytest.approx(after["width"], abs=1)


def test_pictures_are_compared_too(visitor, picture_job):
    page = visitor.open(f"/compare/{picture_job['id']}", READY)
    assert page.locator("muto-compare img").count() == 2
    assert page.get_by_role("button", name="Play").count() == 0
    page.get_by_role("button", name="Difference").click()
    assert page.evaluate(f"{_COMPARE}.canvas.width") > 100


def test_a_film_that_no_browser_plays_is_shown_frame_by_frame(visitor, painted):
    page = visitor.page
    visitor.forgive("ERR_|Failed to load resource")
    page.route(
        "**/api/media/*/file?inline=true",
        lambda route: route.fulfill(status=200, body="no film", content_type="video/mp4"),
    )
    visitor.open(f"/compare/{painted['id']}", READY)
    page.get_by_text("its frames are shown one by one").wait_for()
    page.keyboard.press(".")
    until(page, f"{_COMPARE}.twin.number === 1")
    assert "/frames/1?" in page.locator(".is-after img").get_attribute("src")
    page.keyboard.press("Space")
    until(page, f"{_COMPARE}.twin.number > 8")


def test_what_was_done_is_told_and_the_result_is_downloaded_as_it_is(visitor, painted):
    page = visitor.open(f"/compare/{painted['id']}", READY)
    page.get_by_text("Katsushika Hokusai").wait_for(timeout=20_000)
    assert "m_" not in page.inner_text(".history")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    digest = hashlib.sha256(Path(download.value.path()).read_bytes()).hexdigest()
    results = visitor.service.ask("GET", f"/api/jobs/{painted['id']}/results").json()["results"]
    assert digest == results[0]["sha256"]
    with page.expect_download() as download:
        page.get_by_role("link", name="Manifest").click()
    assert json.loads(Path(download.value.path()).read_text())["format"].startswith("mutoscope.manifest")


def test_the_command_makes_the_same_film_once_more(visitor, service, clip, painted, tmp_path):
    visitor.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = visitor.open(f"/compare/{painted['id']}", READY)
    block = page.locator(".copy", has=page.get_by_role("heading", name="On the command line"))
    block.get_by_role("button", name="Copy").click()
    command = shlex.split(page.evaluate("navigator.clipboard.readText()"))
    assert command[:3] == ["mutoscope", "filter", "big-buck-bunny.mp4"]
    (tmp_path / command[2]).write_bytes(service.ask("GET", f"/api/media/{clip['id']}/file").body)
    done = subprocess.run(
        [str(Path(sys.executable).parent / "mutoscope"), *command[1:]],
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
    made, kept = (tmp_path / command[3]), tmp_path / "kept.mp4"
    kept.write_bytes(service.ask("GET", f"/api/media/{painted['results'][0]['id']}/file").body)
    assert _frames(made) == _frames(kept)


def _frames(path):
    with av.open(str(path)) as film:
        return [hashlib.sha256(frame.to_ndarray().tobytes()).hexdigest() for frame in film.decode(video=0)]


def test_the_recipe_runs_as_it_stands(visitor, painted, tmp_path):
    page = visitor.open(f"/compare/{painted['id']}", READY)
    text = page.locator(".copy-text.is-tall").inner_text()
    (tmp_path / "recipe.json").write_text(text)
    recipe = load_recipe(tmp_path / "recipe.json")
    assert recipe.step[0].effect == "filter.play"
    assert "digest" not in text


def test_a_job_that_runs_or_failed_says_so_instead_of_comparing(visitor, service, clip):
    body = {"kind": "filter", "inputs": {"source": clip["id"]}, "parameters": {"name": "woodcut", "size": 200}}
    job = service.ask("POST", "/api/jobs", body).json()["id"]
    service.ask("POST", f"/api/jobs/{job}/cancel")
    service.wait(job)
    page = visitor.open(f"/compare/{job}")
    page.get_by_role("link", name="Watch it").wait_for()
    visitor.forgive("404")
    page = visitor.open("/compare/j_0123456789abcdefghijkl")
    assert page.inner_text("h1") == "There is no such page"


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("size", [(1280, 800), (360, 740)])
def test_compare_hinders_nobody_and_nothing_jumps(guest, painted, scheme, size):
    visitor = guest(*size, color_scheme=scheme)
    page = visitor.open(f"/compare/{painted['id']}", READY)
    page.locator(".history-lines").wait_for()
    assert visitor.axe() == []
    with visitor.no_shift():
        page.keyboard.press(".")
        page.keyboard.press("Space")
        page.wait_for_timeout(600)
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
