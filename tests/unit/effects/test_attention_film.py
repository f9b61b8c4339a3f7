"""The pass over a film: one class for each shot, steady maps, nothing carried over a cut, any frame alone."""

from fractions import Fraction
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

from mutoscope.core.clip import Clip
from mutoscope.core.errors import ParameterError
from mutoscope.effects import attention_film
from mutoscope.effects.analysis import analyse, load_analysis
from mutoscope.effects.attention import AttentionReader
from mutoscope.effects.attention_film import AttentionAnalysis
from mutoscope.effects.attention_params import AttentionParams, analysis_name
from mutoscope.effects.attention_value import FilmMaps
from mutoscope.effects.protocol import Context
from mutoscope.effects.shots import Shots
from mutoscope.ops.warp import warp
from mutoscope.storage.cache import Cache
from mutoscope.video.read import read_picture

BASE = Fraction(1, 25)
SIZE = (91, 161)


@pytest.fixture(autouse=True, scope="module")
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def panned(name: str, num_frames: int, step: int = 2) -> torch.Tensor:
    """A camera that pans over a photograph, a few pixels a frame, with grain."""
    path = Path(str(files("mutoscope.data").joinpath("photographs", f"{name}.jpg")))
    picture = read_picture(path, size=190).pixels_TCHW
    chance = torch.Generator().manual_seed(0)
    frames = [picture[:, :, 12 : 12 + SIZE[0], step * i : step * i + SIZE[1]] for i in range(num_frames)]
    return torch.cat([(x + 0.01 * torch.randn(x.shape, generator=chance)).clamp(0, 1) for x in frames])


def clip_of(*parts: torch.Tensor) -> Clip:
    frames = torch.cat(parts)
    return Clip(frames, tuple(3 * i for i in range(len(frames))), BASE)


def seen(clip: Clip, shots: Shots | None = None, text: str = '{"every":4}') -> FilmMaps:
    analysis = AttentionAnalysis(text)
    analysis.begin({"shots": shots or Shots((), BASE)})
    return analysis.restore(analysis.run(clip.frames()))


@pytest.fixture(scope="module")
def two_shots() -> tuple[Clip, Shots]:
    return clip_of(panned("bison", 9), panned("panda", 7)), Shots((27,), BASE)


def test_a_class_is_held_for_each_shot(two_shots):
    found = seen(*two_shots)

    assert found.starts_S.tolist() == [0, 9]
    assert found.names_S[1] == "giant panda"
    assert len(found.names_S) == 2
    assert found.maps_Thw.shape == (16, 36, 64)


def test_a_cut_carries_nothing_over(two_shots):
    clip, shots = two_shots
    whole, second = seen(clip, shots), seen(clip[9:])

    assert whole.maps_Thw[9:].tobytes() == second.maps_Thw.tobytes()
    assert seen(clip).maps_Thw[9:].tobytes() != second.maps_Thw.tobytes()


def test_maps_move_with_the_picture_and_hardly_otherwise():
    clip = clip_of(panned("panda", 12))
    alone = [AttentionReader(Context(), AttentionParams()).at(frame).map_HW for frame in clip.frames()]
    maps = seen(clip).maps_Thw / 255

    def jitter(maps) -> float:
        scale = 64 / SIZE[1]
        flow = torch.zeros(1, 2, *maps[0].shape)
        flow[:, 0] = 2 * scale
        told = [torch.from_numpy(np.asarray(one, np.float32))[None, None] for one in maps]
        return float(np.mean([(warp(a, flow, "bilinear") - b)[..., :-3].abs().mean() for a, b in pairwise(told)]))

    # Measured: 0.0024 and 0.0294.
    assert jitter(maps) < 0.2 * jitter(alone)


def test_a_frame_between_two_looks_gets_what_lies_between():
    clip = clip_of(panned("panda", 9, step=0))
    maps = seen(clip, text='{"every":8,"smooth_frames":0}').maps_Thw.astype(float)

    lowest, highest = np.minimum(maps[0], maps[8]), np.maximum(maps[0], maps[8])
    assert ((maps[4] >= lowest - 2) & (maps[4] <= highest + 2)).all()


def test_the_shots_own_map_is_the_mean_of_its_maps(two_shots):
    found = seen(*two_shots)

    expected = found.maps_Thw[9:].astype(float).mean(0)
    assert np.abs(found.shot_maps_Shw[1] - expected).max() <= 0.5


def test_any_frame_can_be_asked_for_alone(two_shots):
    clip, shots = two_shots
    found = seen(clip, shots)
    params = AttentionParams(every=4)
    reader = AttentionReader(Context(side={analysis_name(params): found}), params)

    told = reader.at(clip[11:12])

    assert (told.shot, told.index, told.film_index, told.num_frames, told.shot_frames) == (1, 2, 11, 16, 7)
    assert told.class_name == "giant panda"
    assert (told.map_HW * 255).round().astype(np.uint8).tobytes() == found.maps_Thw[11].tobytes()
    # A stamp between two frames, in other units, belongs to the frame that is shown.
    other = Clip(clip[11:12].pixels_TCHW, (11 * 3 * 40 + 50,), Fraction(1, 1000))
    assert AttentionReader(Context(side={analysis_name(params): found}), params).at(other).film_index == 11


def test_how_a_film_is_cut_into_clips_does_not_matter(two_shots):
    clip, shots = two_shots
    analysis = AttentionAnalysis('{"every":4}')
    analysis.begin({"shots": shots})

    again = analysis.restore(analysis.run(iter([clip[:5], clip[5:13], clip[13:]])))

    assert again.maps_Thw.tobytes() == seen(clip, shots).maps_Thw.tobytes()


def test_a_long_shot_goes_in_pieces_without_a_seam(monkeypatch):
    clip = clip_of(panned("panda", 24, step=1))
    text = '{"every":2,"smooth_frames":1}'
    whole = seen(clip, text=text).maps_Thw.astype(float)
    held = []
    settle = attention_film._Shot.settle
    monkeypatch.setattr(attention_film, "_MOST_HELD", 14)
    monkeypatch.setattr(
        attention_film._Shot,
        "settle",
        lambda self, *, is_over: (held.append(len(self._held)), settle(self, is_over=is_over)),
    )
    pieces = seen(clip, text=text)

    assert max(held) == 14
    assert len(held) >= 3
    assert pieces.pts_T.tolist() == list(clip.pts_T)
    assert np.abs(pieces.maps_Thw - whole).mean() < 1  # of 255
    assert len(pieces.names_S) == 1


def test_a_value_from_the_cache_is_the_value(tmp_path, two_shots):
    clip, _ = two_shots
    name = analysis_name(AttentionParams(every=4))

    first = analyse([name], clip.frames, "a" * 64, Cache(tmp_path))[name]
    again = analyse([name], lambda: iter(()), "a" * 64, Cache(tmp_path))[name]

    for field in FilmMaps.__dataclass_fields__:
        assert getattr(first, field).tobytes() == getattr(again, field).tobytes()
    assert first.starts_S.tolist() == [0, 9]  # the cuts came along


def test_the_number_of_threads_does_not_matter(two_shots):
    clip = two_shots[0][7:11]
    one = seen(clip, text='{"every":3}').maps_Thw.tobytes()
    torch.set_num_threads(2)
    try:
        assert seen(clip, text='{"every":3}').maps_Thw.tobytes() == one
    finally:
        torch.set_num_threads(1)


def test_a_film_of_one_frame_and_of_none(two_shots):
    clip, _ = two_shots

    assert seen(clip[:1]).maps_Thw.shape == (1, 36, 64)
    assert seen(clip[:1]).maps_Thw.max() > 240
    assert len(seen(clip[:0]).pts_T) == 0


@pytest.mark.parametrize("text", ["", "[1]", "{", '{"every":0}', '{"clases":"dog"}'])
def test_parameters_that_are_none_are_told(text):
    with pytest.raises(ParameterError):
        load_analysis(f"attention:{text}")
