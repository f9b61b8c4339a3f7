"""What a job's process tells: seldom, but never without the last word of a stage."""

import torch

from mutoscope.core.progress import Progress
from mutoscope.service.jobs.telling import PREVIEWS_KEPT, Reporter, Showing


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def test_progress_comes_four_times_a_second_at_most_and_the_last_always():
    told, clock = [], Clock()
    report = Reporter(told.append, clock)
    for done in range(1, 1001):
        report(Progress("frames", done, 1000))
        clock.now += 0.01
    report.flush()
    assert len(told) <= 10 / 0.25 + 2
    assert told[-1]["progress"]["done"] == 1000
    assert [one["progress"]["done"] for one in told] == sorted(one["progress"]["done"] for one in told)


def test_the_last_of_a_stage_is_told_before_the_next_begins():
    told, clock = [], Clock()
    report = Reporter(told.append, clock)
    for stage in ("find cuts", "frames", "join"):
        for done in (1, 2, 3):
            report(Progress(stage, done, 3))
            clock.now += 0.001
    report.flush()
    last = {one["progress"]["stage"]: one["progress"]["done"] for one in told}
    assert last == {"find cuts": 3, "frames": 3, "join": 3}


def test_rate_and_time_left_follow_from_what_was_done():
    told, clock = [], Clock()
    report = Reporter(told.append, clock)
    report(Progress("frames", 0, 100))
    clock.now += 2
    report(Progress("frames", 20, 100))
    assert told[-1]["progress"]["rate"] == 10.0
    assert told[-1]["progress"]["seconds_left"] == 8.0


def test_a_stage_of_unknown_length_has_no_time_left():
    told, clock = [], Clock()
    report = Reporter(told.append, clock)
    report(Progress("steps", 1, None, "steps"))
    clock.now += 1
    report(Progress("steps", 5, None, "steps"))
    assert told[-1]["progress"]["seconds_left"] is None


def test_the_first_frame_is_kept_at_once_and_then_one_a_second(tmp_path):
    told, clock = [], Clock()
    show = Showing(tmp_path, told.append, clock)
    for number in range(25):
        clock.now = 100 + number / 8
        show(torch.full((3, 17, 23), number / 25), number / 8)
    assert [one["number"] for one in told] == [1, 2, 3, 4]
    assert told[0]["seconds"] == 0.0
    assert (tmp_path / "preview-000004.jpg").stat().st_size > 100


def test_large_frames_are_made_small_and_small_ones_are_not_enlarged(tmp_path):
    from PIL import Image

    clock = Clock()
    show = Showing(tmp_path, lambda message: None, clock)
    show(torch.zeros(3, 1000, 2000), 0.0)
    clock.now += 1
    show(torch.zeros(3, 17, 23), 0.0)
    with Image.open(tmp_path / "preview-000001.jpg") as large, Image.open(tmp_path / "preview-000002.jpg") as small:
        assert large.size == (640, 320)
        assert small.size == (23, 17)


def test_only_the_latest_pictures_and_the_first_are_kept_and_numbers_go_on(tmp_path):
    clock = Clock()
    for _ in range(2):  # a process that died, and the one after it
        show = Showing(tmp_path, lambda message: None, clock)
        for _ in range(PREVIEWS_KEPT):
            show(torch.zeros(3, 17, 23), None)
            clock.now += 1
    kept = sorted(one.name for one in tmp_path.iterdir())
    assert kept[0] == "preview-000001.jpg"
    assert kept[-1] == f"preview-{2 * PREVIEWS_KEPT:06d}.jpg"
    assert len(kept) == PREVIEWS_KEPT + 1


def test_a_frame_that_is_shown_is_not_changed(tmp_path):
    frame = torch.linspace(-0.5, 1.5, 3 * 17 * 23).reshape(3, 17, 23)
    before = frame.clone()
    Showing(tmp_path, lambda message: None)(frame, 0.0)
    assert torch.equal(frame, before)
