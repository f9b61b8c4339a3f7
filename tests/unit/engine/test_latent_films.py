"""Films of latents: walks, dreams, and films that became numbers."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import torch

from mutoscope.autoencode.card import Card, FilmSeen
from mutoscope.autoencode.codec import Codec
from mutoscope.autoencode.dreamer import train_dreamer
from mutoscope.autoencode.files import FilmModel, load_model, save_model
from mutoscope.autoencode.latents import Latents
from mutoscope.autoencode.latents_file import read_latents
from mutoscope.autoencode.networks import new_networks
from mutoscope.autoencode.profiles import Profile
from mutoscope.core.errors import InputError, OutputError, ParameterError, WeightsError
from mutoscope.core.random import generator
from mutoscope.engine.dream import dream, smoothed_stream
from mutoscope.engine.latents import latents
from mutoscope.engine.walk import walk
from mutoscope.testing.media import Sound, make_clip
from mutoscope.video.info import probe
from mutoscope.video.read import open_video

PROFILE = Profile(name="test", width=32, height=16, base=4, latent=8, levels=2)
PTS = (100, 140, 200, 210, 300, 301, 400, 480)


def _save(path, *, with_latents=True, with_dreams=True):
    networks = new_networks(PROFILE, generator(0, 0))
    for number, network in enumerate(networks):
        for parameter in network.parameters():
            torch.nn.init.normal_(parameter, 0, 0.2, generator=generator(1, number))
    z = torch.randn(40, 8, generator=generator(2, 0)).cumsum(0) * 0.3
    kept = Latents(z, tuple(range(0, 400, 10)), Fraction(1, 250), (0,) * 20 + (1,) * 20, (0,) * 40)
    seen = FilmSeen(name="film.mp4", frames=40, seconds=1.6, time_base="1/250", frame_rate="25")
    state = train_dreamer(kept, 0, steps=1) if with_dreams else {}
    card = Card(profile=PROFILE, films=(seen,))
    save_model(FilmModel(card, *networks, kept if with_latents else None, state), path)
    return path


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return _save(tmp_path_factory.mktemp("models") / "film.safetensors")


@pytest.fixture
def film(tmp_path):
    """Frames at odd times, of odd size, with sound."""
    path = tmp_path / "film.mp4"
    return make_clip(
        path, width=46, height=34, pts=PTS, time_base=Fraction(1, 1000), rate=20, sounds=[Sound(seconds=Fraction(1, 2))]
    )


def _frames(path):
    with open_video(path) as film:
        clips = list(film)
    pts = [float(p * clip.time_base) for clip in clips for p in clip.pts_T]
    return torch.cat([clip.pixels_TCHW for clip in clips]), pts


def test_a_film_becomes_numbers_with_its_times(film, model, tmp_path):
    done = latents(film, tmp_path / "film.npz", model=model)
    read = read_latents(tmp_path / "film.npz")
    assert done.frames == len(PTS)
    assert [float((p - read.latents.pts_T[0]) * read.latents.time_base) for p in read.latents.pts_T] == pytest.approx(
        [(p - PTS[0]) / 1000 for p in PTS]
    )
    assert read.latents.z_TL.shape == (len(PTS), 8)
    assert read.sources == ("film.mp4",)
    assert len(read.model) == 64


def test_numbers_become_a_film_of_the_same_frames_times_and_sound(film, model, tmp_path):
    latents(film, tmp_path / "film.npz", model=model)
    done = latents(tmp_path / "film.npz", tmp_path / "back.mp4", model=model, sound=film, size=64)
    before, after = probe(film, count_frames=True), probe(tmp_path / "back.mp4", count_frames=True)
    assert done.frames == after.num_frames == len(PTS)
    assert done.notices == ()
    assert _frames(tmp_path / "back.mp4")[1] == pytest.approx(_frames(film)[1])
    assert (after.width, after.height) == (64, 32)
    assert len(after.audio) == len(before.audio) == 1
    silent = latents(tmp_path / "film.npz", tmp_path / "silent.mp4", model=model)
    assert silent.frames == len(PTS)
    assert probe(tmp_path / "silent.mp4").audio == ()
    assert probe(tmp_path / "silent.mp4").width == 128


def test_an_edit_cuts_numbers_as_it_cuts_the_film(film, model, tmp_path):
    latents(film, tmp_path / "film.npz", model=model)
    whole = read_latents(tmp_path / "film.npz")
    times = np.arange(8) * (whole.rate.denominator / whole.rate.numerator)
    arrays = dict(np.load(tmp_path / "film.npz")) | {"pts": np.arange(8), "seconds": times}
    arrays["time_base"] = np.array([whole.rate.denominator, whole.rate.numerator])
    np.savez(tmp_path / "even.npz", **arrays)
    (tmp_path / "cut.edl").write_text(
        "TITLE: CUT\n001  AX V C 00:00:00:05 00:00:00:08 01:00:00:00 01:00:00:03\n"
        "002  AX V C 00:00:00:01 00:00:00:02 01:00:00:03 01:00:00:04\n"
    )
    latents(tmp_path / "even.npz", tmp_path / "cut.npz", edit=tmp_path / "cut.edl")
    cut = read_latents(tmp_path / "cut.npz").latents
    assert torch.equal(cut.z_TL, whole.latents.z_TL[[5, 6, 7, 1]])
    assert cut.shot_T[2] != cut.shot_T[3]
    done = latents(tmp_path / "even.npz", tmp_path / "cut.mp4", edit=tmp_path / "cut.edl", model=model)
    assert done.frames == 4


def test_a_loop_comes_back_to_its_first_frame(model, tmp_path):
    done = walk(tmp_path / "loop.mp4", model=model, start="0s", end="1.2s", via="0.4s", loop=True, seconds=1.2, crf=0)
    pixels, pts = _frames(tmp_path / "loop.mp4")
    assert done.frames == 30
    assert pts == pytest.approx([i / 25 for i in range(30)])
    steps = [float((a - b).abs().mean()) for a, b in pairwise([*pixels, pixels[0]])]
    assert steps[-1] <= max(steps[:-1])
    assert max(steps) > 0.005


def test_a_walk_passes_the_frames_that_are_named(model, tmp_path):
    walk(tmp_path / "walk_%03d.png", model=model, start="0.2s", end="1s", seconds=0.4, size=32)
    pixels, _ = _frames(tmp_path / "walk_%03d.png")
    loaded = load_model(model)
    ends = Codec(loaded).decode(loaded.latents.z_TL[[5, 25]])
    assert (pixels[[0, -1]] - ends).abs().max() < 0.003


@pytest.mark.parametrize(
    "options",
    [
        {"along": True},
        {"along": True, "start": "1.5s", "end": "0s", "loop": True},
        {"random": True},
        {"prior": "film"},
        {"prior": "normal", "loop": True},
        {"of": "0s..0.4s - 0.8s..1s + 1s..1.5s"},
        {"smooth": 0.1, "exaggerate": "0s:0, 1s:2"},
        {"bends": "decoder.0:multiply:0..2"},
    ],
    ids=lambda options: next(iter(options)),
)
def test_every_walk_is_the_same_bytes_again(model, tmp_path, options):
    for name in ("a", "b"):
        done = walk(tmp_path / f"{name}.mp4", model=model, **{"seconds": 0.5, "size": 32, "seed": 3, **options})
        assert done.frames == round(0.5 * 25)
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


def test_exaggeration_moves_along_the_walk(model, tmp_path):
    walk(tmp_path / "a_%02d.png", model=model, start="0s", end="0s", seconds=1, size=32, exaggerate="0s:0, 1s:3")
    pixels, _ = _frames(tmp_path / "a_%02d.png")
    loaded = load_model(model)
    mean = Codec(loaded).decode(Codec(loaded).mean_L[None])
    assert (pixels[0] - mean[0]).abs().max() < 0.003
    assert (pixels[-1] - mean[0]).abs().mean() > 0.03


def test_the_prior_needs_no_film(tmp_path):
    bare = _save(tmp_path / "bare.safetensors", with_latents=False, with_dreams=False)
    assert walk(tmp_path / "prior.mp4", model=bare, prior="normal", seconds=0.2).frames == 5
    with pytest.raises(WeightsError, match="keeps no latents"):
        walk(tmp_path / "walk.mp4", model=bare)
    with pytest.raises(WeightsError, match="has not learned to dream"):
        dream(tmp_path / "dream.mp4", model=bare)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bare.safetensors", "prior.mp4"]


@pytest.mark.parametrize("options", [{}, {"cuts": "glide"}, {"cuts": "never", "smooth": 0.1}, {"temperature": 0}])
def test_a_dream_lasts_as_long_as_it_is_told_and_is_the_same_again(model, tmp_path, options):
    for name in ("a", "b"):
        done = dream(tmp_path / f"{name}.mp4", model=model, start="0.5s", seconds=1.2, size=32, seed=1, **options)
        assert done.frames == 30
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


def test_latents_of_a_file_take_the_place_of_the_models(film, model, tmp_path):
    latents(film, tmp_path / "other.npz", model=model)
    walk(tmp_path / "walk.mp4", model=model, latents=tmp_path / "other.npz", along=True, seconds=0.5)
    with pytest.raises(ParameterError, match=r"lies outside film\.mp4, which goes from 00:00 to 00:00"):
        dream(tmp_path / "dream.mp4", model=model, latents=tmp_path / "other.npz", start="1.5s")


def test_smoothing_a_stream_is_smoothing_what_it_held():
    z = torch.randn(30, 4, generator=generator(0, 0))
    from mutoscope.autoencode.paths import smoothed

    shots = (0,) * 13 + (1,) * 17
    stream = smoothed_stream(((one, number == 13) for number, one in enumerate(z)), 1.5)
    assert torch.allclose(torch.stack(list(stream)), smoothed(z, shots, 1.5), atol=1e-6)
    assert torch.equal(torch.stack(list(smoothed_stream(((one, False) for one in z), 0))), z)


@pytest.mark.parametrize(
    ("call", "error", "word"),
    [
        (lambda d, m: walk(d / "w.png", model=m), OutputError, "is a picture"),
        (lambda d, m: walk(d / "no" / "w.mp4", model=m), OutputError, "folder"),
        (lambda d, m: walk(d / "w.mp4", model=m, start="9s"), ParameterError, "from 00:00 to 00:01.60"),
        (lambda d, m: walk(d / "w.mp4", model=m, sekonds=3), ParameterError, "seconds"),
        (lambda d, m: walk(d / "w.mp4", model=m, bends="decoder.15:rotate:3"), ParameterError, "decoder"),
        (lambda d, m: walk(d / "w.mp4", model=d / "no.safetensors"), WeightsError, "no.safetensors"),
        (lambda d, m: latents(d / "a.mp4", d / "b.mp4", model=m), ParameterError, "two films"),
        (lambda d, m: latents(d / "a.mp4", d / "b.npz"), ParameterError, "name it"),
        (lambda d, m: latents(d / "a.mp4", d / "b.npz", model=m), InputError, "a.mp4"),
        (lambda d, m: latents(d / "a.npz", d / "b.npz"), InputError, "does not exist"),
        (lambda d, m: latents(d / "a.npz", d / "b.npz", sound=d / "c.mp4"), ParameterError, "no sound"),
    ],
)
def test_what_cannot_be_is_told_in_one_line_and_leaves_nothing(model, tmp_path, call, error, word):
    with pytest.raises(error, match=word) as caught:
        call(tmp_path, model)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_latents_of_another_model_are_refused(model, tmp_path):
    np.savez(tmp_path / "other.npz", z=np.zeros((3, 5), np.float32))
    with pytest.raises(InputError, match="5 numbers a frame and the model wants 8"):
        latents(tmp_path / "other.npz", tmp_path / "out.mp4", model=model)
    with pytest.raises(InputError, match="5 numbers"):
        walk(tmp_path / "out.mp4", model=model, latents=tmp_path / "other.npz")


def test_a_model_that_did_not_make_the_latents_is_told(film, model, tmp_path):
    latents(film, tmp_path / "film.npz", model=model)
    other = _save(tmp_path / "other.safetensors", with_dreams=False)
    done = latents(tmp_path / "film.npz", tmp_path / "out.mp4", model=other)
    assert done.notices == ("the latents were made by another model than the one that shows them.",)


def test_several_films_do_not_become_one(model, tmp_path):
    loaded = load_model(model)
    two = replace(loaded.latents, film_T=(0,) * 20 + (1,) * 20)
    np.savez(
        tmp_path / "two.npz", z=two.z_TL.numpy(), pts=np.array(two.pts_T), film=np.array(two.film_T),
        shot=np.array(two.shot_T), time_base=np.array([1, 250]),
    )  # fmt: skip
    with pytest.raises(InputError, match="several films"):
        latents(tmp_path / "two.npz", tmp_path / "out.mp4", model=model)
