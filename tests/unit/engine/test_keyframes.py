"""From painted pictures to a painted film, on a small clip and with a tiny network."""

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

from mutoscope.core.clip import Clip
from mutoscope.core.errors import InputError, OutputError, ParameterError
from mutoscope.engine import keyframe_learning
from mutoscope.engine.keyframes import parse_keyframe, stylize_by_keyframes
from mutoscope.storage.atomic import atomic_path
from mutoscope.testing.media import make_clip
from mutoscope.testing.motion import smooth_noise
from mutoscope.video.picture import save_picture
from mutoscope.video.read import open_video

TINY = {"steps": 3, "profile": "tiny", "backbone": "tiny", "patch": 32, "codec": "h264", "crf": 1}
WIDTH, HEIGHT, FRAMES = 94, 66, 12
SCENE = (smooth_noise(HEIGHT + 2, WIDTH + FRAMES) * 255).round().byte().permute(1, 2, 0).numpy()


def panned(index: int, height: int, width: int) -> np.ndarray:
    return SCENE[:height, index : index + width]


@pytest.fixture(scope="module")
def film(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("film") / "clip.mp4"
    make_clip(path, width=WIDTH, height=HEIGHT, num_frames=FRAMES, pixels=panned, options={"crf": "5"})
    return path


def frames(path: Path) -> torch.Tensor:
    return torch.cat([clip.pixels_TCHW for clip in open_video(path)])


def write(picture_CHW: torch.Tensor, path: Path) -> Path:
    with atomic_path(path) as temp:
        save_picture(Clip(picture_CHW[None].contiguous(), (0,), Fraction(1)), temp)
    return path


@pytest.fixture
def painted(film, tmp_path) -> Path:
    """Frame 5 in other colours."""
    return write(1 - frames(film)[5], tmp_path / "painted.png")


def run(film: Path, tmp_path: Path, keyframes, **options):
    result = tmp_path / "out.mp4"
    done = stylize_by_keyframes(film, result, keyframes=keyframes, work=tmp_path / "work", **{**TINY, **options})
    return done, frames(result)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("painted.png@3s", (Path("painted.png"), 3.0)),
        ("painted.png", (Path("painted.png"), 0.0)),
        ("a@b/me@home.png@250ms", (Path("a@b/me@home.png"), 0.25)),
        ("me@home.png", (Path("me@home.png"), 0.0)),
        ("@1.5s", (None, 1.5)),
    ],
)
def test_a_keyframe_is_written_as_picture_and_time(text, told):
    assert parse_keyframe(text) == told


@pytest.mark.parametrize("text", ["painted.png@soon", "", "painted.png@"])
def test_a_keyframe_without_a_time_that_is_one_is_refused(text):
    with pytest.raises(ParameterError, match=r"painted\.png@3s"):
        parse_keyframe(text)


def test_the_keyframe_itself_stands_in_the_film_and_is_carried_to_both_ends(film, painted, tmp_path):
    done, shown = run(film, tmp_path, [(painted, 0.2)])

    source = frames(film)
    assert done.frames == FRAMES
    assert (shown[5] - (1 - source[5])).abs().mean() < 0.04
    for number in (0, FRAMES - 1):
        inner = (slice(None), slice(4, -4), slice(10, -10))
        assert (shown[number] - (1 - source[number]))[inner].abs().mean() < 0.05


def test_a_second_run_learns_nothing_anew(film, painted, tmp_path, monkeypatch):
    _, first = run(film, tmp_path, [(painted, 0.2)])
    monkeypatch.setattr(keyframe_learning, "_train", lambda *_: pytest.fail("trained again"))
    (tmp_path / "out.mp4").unlink()

    _, second = run(film, tmp_path, [(painted, 0.2)])

    assert torch.equal(first, second)


def test_a_training_that_was_stopped_goes_on_to_the_same_film(film, painted, tmp_path, monkeypatch):
    monkeypatch.setattr(keyframe_learning, "_SAVE_EVERY_STEPS", 1)
    steps: list[int] = []

    def stop(progress):
        if progress.stage == "learn the keyframes":
            steps.append(progress.done)
            if len(steps) == 3:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(film, tmp_path, [(painted, 0.2)], report=stop)
    _, resumed = run(film, tmp_path, [(painted, 0.2)], report=stop)
    (tmp_path / "other").mkdir()
    _, whole = run(film, tmp_path / "other", [(painted, 0.2)])

    assert steps == [1, 2, 3, 3]
    assert torch.equal(resumed, whole)


def test_two_keyframes_each_stand_at_their_time(film, tmp_path):
    source = frames(film)
    first, second = write(1 - source[1], tmp_path / "a.png"), write(source[9].flip(0), tmp_path / "b.png")

    _, shown = run(film, tmp_path, [(second, 0.36), (first, 0.04)])

    assert (shown[1] - (1 - source[1])).abs().mean() < 0.04
    assert (shown[9] - source[9].flip(0)).abs().mean() < 0.04
    jumps = [(b - a).abs().mean() for a, b in pairwise(shown)]
    assert max(jumps) < 3 * sum(jumps) / len(jumps)


def test_a_keyframe_without_a_picture_is_painted(film, tmp_path):
    asked: list[float] = []

    def paint(frame: Clip) -> torch.Tensor:
        asked.append(round(frame.seconds(0), 2))
        return 1 - frame.pixels_TCHW

    _, shown = run(film, tmp_path, [(None, 0.2)], painted=paint)

    assert asked == [0.2]
    assert (shown[5] - (1 - frames(film)[5])).abs().mean() < 0.04


def test_the_frame_shows_through_where_a_painting_is_transparent(film, tmp_path):
    source = frames(film)[5:6]
    alpha = torch.zeros(1, 1, HEIGHT, WIDTH)
    alpha[..., : WIDTH // 2] = 1
    with atomic_path(tmp_path / "layer.png") as temp:
        save_picture(Clip(1 - source, (0,), Fraction(1), alpha), temp)

    _, shown = run(film, tmp_path, [(tmp_path / "layer.png", 0.2)])

    wanted = torch.where(alpha > 0, 1 - source, source)[0]
    assert (shown[5] - wanted).abs().mean() < 0.05


@pytest.mark.parametrize("seconds", [0.6, 60.0])
def test_a_time_outside_the_film_is_refused(film, painted, tmp_path, seconds):
    with pytest.raises(ParameterError, match=r"outside the film, which goes from 0\.00 s to 0\.44 s"):
        run(film, tmp_path, [(painted, seconds)])


def test_a_picture_of_another_shape_is_refused(film, tmp_path):
    square = write(smooth_noise(66, 66), tmp_path / "square.png")

    with pytest.raises(InputError, match=r"has 66x66 px and the film 94x66"):
        run(film, tmp_path, [(square, 0.2)])


def test_a_picture_of_something_else_is_refused(film, tmp_path):
    other = write(smooth_noise(HEIGHT, WIDTH, seed=8), tmp_path / "other.png")

    with pytest.raises(InputError, match=r"shows nothing of the frame at 0\.20 s"):
        run(film, tmp_path, [(other, 0.2)])


def test_two_keyframes_for_one_frame_are_refused(film, painted, tmp_path):
    with pytest.raises(ParameterError, match="two keyframes"):
        run(film, tmp_path, [(painted, 0.2), (painted, 0.201)])


def test_no_keyframe_is_refused(film, tmp_path):
    with pytest.raises(ParameterError, match="no keyframe"):
        run(film, tmp_path, [])


def test_what_cannot_be_written_is_refused_before_anything_is_learned(film, painted, tmp_path):
    with pytest.raises(OutputError):
        stylize_by_keyframes(film, tmp_path / "nowhere" / "out.mp4", keyframes=[(painted, 0.2)], work=tmp_path, **TINY)
    with pytest.raises(InputError, match="keyframes make a film"):
        stylize_by_keyframes(film, tmp_path / "out.png", keyframes=[(painted, 0.2)], work=tmp_path, **TINY)


def test_a_picture_is_no_film(painted, tmp_path):
    with pytest.raises(InputError, match="give a video"):
        run(painted, tmp_path, [(painted, 0.0)])
