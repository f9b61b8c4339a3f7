"""Corrupt: what the learner saw and did."""

import pytest
from visitor import until

pytestmark = pytest.mark.web

_CURVE = "!!document.querySelector('.corrupt-layer muto-curve canvas')"


def seen():
    """A layer's fields as small as they go; what a server tells that draws them."""
    field = {"rows": 2, "columns": 3, "values": [0, 0.2, 0.4, 0.6, 0.8, 1]}
    return {
        "attention": field,
        "rewards": {"pixelate": field, "invert": {**field, "values": [1, 1, 1, 0, 0, 0]}},
        "policy": {**field, "values": [0, 1, 2, 3, 4, 7]},
        "paths": [[[0.1, 0.2], [0.4, 0.2], [0.4, 0.8]], [[0.9, 0.9]]],
        "learning": {"episode": [1, 101, 201], "least": [-2, -1, 0], "most": [1, 1, 1], "mean": [-1, 0, 0.8]},
    }


def test_each_layer_shows_how_it_learned_and_the_sheet_is_there(visitor, corrupted):
    page = visitor.open(f"/corrupt/{corrupted['id']}", ".corrupt-layer")
    until(page, _CURVE)
    assert page.locator(".corrupt-layer").count() == 3
    assert page.get_by_text("Return of each of 10,000 episodes").count() == 2
    until(page, "document.querySelectorAll('.corrupt-layer muto-curve canvas').length === 3")
    image = page.locator(".corrupt-sheet img")
    if not image.is_visible():
        page.get_by_text("The whole sheet").click()
    until(page, "document.querySelector('.corrupt-sheet img').naturalWidth > 500")


def test_fields_paths_and_rewards_are_drawn_and_can_be_switched(visitor, corrupted):
    page = visitor.page
    layer = {
        "size": [2, 3], "cells_on_picture": [2, 3], "manipulations": ["pixelate", "invert"], "class": "rabbit",
        "episodes": 300, "regret": 0.25, "seen": seen(),
    }  # fmt: skip
    report = next(one for one in corrupted["results"] if one["name"] == "report.json")
    page.route(
        f"**/api/media/{report['id']}/file", lambda route: route.fulfill(json={"seconds": 0.96, "layers": [layer]})
    )
    visitor.open(f"/corrupt/{corrupted['id']}", ".corrupt-layer")
    assert page.locator(".corrupt-frame canvas").count() == 4
    draw = "(n) => document.querySelectorAll('.corrupt-frame canvas')[n].toDataURL()"
    until(page, "[...document.querySelectorAll('.corrupt-frame canvas')].every((one) => one.width > 100)")
    before = page.evaluate(draw, 1)
    page.get_by_role("button", name="invert").click()
    assert page.evaluate(draw, 1) != before
    assert page.get_by_text("Bright pays more. Doing: invert.").count() == 1
    walking = page.evaluate(draw, 3)
    page.wait_for_timeout(300)
    assert page.evaluate(draw, 3) != walking
    page.get_by_role("button", name="Stand still").click()
    still = page.evaluate(draw, 3)
    page.wait_for_timeout(200)
    assert page.evaluate(draw, 3) == still
    page.get_by_role("button", name="Let them walk").click()
    assert page.inner_text("h1") == "What the agents saw"


def test_with_reduced_motion_the_agents_stand_still(guest, corrupted):
    visitor = guest(reduced_motion="reduce")
    page = visitor.page
    layer = {
        "size": [2, 3], "cells_on_picture": [2, 3], "manipulations": ["pixelate"], "class": None,
        "episodes": 0, "regret": 0, "seen": {**seen(), "learning": None},
    }  # fmt: skip
    report = next(one for one in corrupted["results"] if one["name"] == "report.json")
    page.route(f"**/api/media/{report['id']}/file", lambda route: route.fulfill(json={"seconds": 0, "layers": [layer]}))
    visitor.open(f"/corrupt/{corrupted['id']}", ".corrupt-layer")
    page.get_by_role("button", name="Let them walk").wait_for()
    page.get_by_text("solved by calculation").wait_for()


def test_a_job_without_a_report_is_made_with_one_on_wish(visitor, service, clip):
    body = {"kind": "corrupt", "inputs": {"source": clip["id"]}, "parameters": {"preset": "srinivas-1", "seed": 7}}
    job = service.ask("POST", "/api/jobs", body).json()["id"]
    assert service.wait(job)["state"] == "done"
    page = visitor.open(f"/corrupt/{job}")
    page.get_by_role("button", name="Make it with a report").click()
    page.wait_for_url("**/watch/j_*")
    again = service.ask("GET", f"/api/jobs/{page.url.rpartition('/')[2]}").json()
    assert again["request"]["parameters"] == {"preset": "srinivas-1", "seed": 7, "report": True}


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("size", [(1280, 800), (360, 740)])
def test_corrupt_hinders_nobody(guest, corrupted, scheme, size):
    visitor = guest(*size, color_scheme=scheme)
    page = visitor.open(f"/corrupt/{corrupted['id']}", ".corrupt-layer")
    until(page, _CURVE)
    assert visitor.axe() == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
