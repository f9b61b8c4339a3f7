"""`mutoscope datamosh` as a person types it: clean films, in sync, of as many frames."""

from fractions import Fraction

import av
import numpy as np
import pytest
import torch
from PIL import Image

from mutoscope.testing.media import Sound, make_clip
from mutoscope.video.info import probe
from mutoscope.video.read import open_video

NUM = 24


@pytest.fixture(autouse=True)
def _own_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("MUTOSCOPE_WORK", str(tmp_path / "work"))


def scenes(index, height, width):
    """A reddish scene, then a bluish one; both move."""
    y, x = np.mgrid[:height, :width]
    wave = 90 + 60 * np.sin((x + 2 * index) / 7) + 60 * np.sin((y + index) / 5 + x / 11)
    colour = (1.0, 0.3, 0.2) if index < NUM // 2 else (0.2, 0.4, 1.0)
    return np.clip(wave[..., None] * np.array(colour), 0, 255).astype(np.uint8)


@pytest.fixture
def film(tmp_path):
    sounds = [Sound(seconds=Fraction(NUM, 25))]
    return make_clip(tmp_path / "a.mp4", width=96, height=64, num_frames=NUM, pixels=scenes, sounds=sounds)


@pytest.fixture
def second(tmp_path):
    return make_clip(
        tmp_path / "b.mp4", width=50, height=70, num_frames=10, rate=15, pixels=lambda i, h, w: scenes(i * 2, h, w)
    )


def frames_of(path):
    with open_video(path) as opened:
        return torch.cat([clip.pixels_TCHW for clip in opened])


def strictly_decoded(path):
    with av.open(str(path)) as opened:
        opened.streams.video[0].codec_context.options = {"err_detect": "explode+crccheck+bitstream+buffer"}
        return sum(1 for _ in opened.decode(video=0))


@pytest.mark.parametrize("codec", ["mpeg4", "h264"])
@pytest.mark.parametrize("mode", ["melt", "bloom", "transplant", "noise"])
def test_what_is_written_is_clean_and_in_sync(mode, codec, film, second, tmp_path, mutoscope_command):
    films = [film, second] if mode == "transplant" else [film]

    options = ("--mode", mode, "--mosh-codec", codec, "-o", "amount=100")

    done = mutoscope_command("datamosh", *films, tmp_path / "out.mp4", *options)

    assert done.code == 0, done.err
    before, after = probe(film), probe(tmp_path / "out.mp4")
    assert strictly_decoded(tmp_path / "out.mp4") == after.num_frames == before.num_frames == NUM
    assert (after.width, after.height, after.duration) == (before.width, before.height, before.duration)
    assert abs(after.audio[0].duration - before.audio[0].duration) <= Fraction(1, 25)
    assert (frames_of(tmp_path / "out.mp4") - frames_of(film)).abs().mean((1, 2, 3)).max() > 0.02


def test_melt_goes_from_one_film_into_another_in_the_middle(film, second, tmp_path, mutoscope_command):
    done = mutoscope_command("datamosh", film, second, tmp_path / "out.mp4", "--mode", "melt")

    assert done.code == 0, done.err
    away = (frames_of(tmp_path / "out.mp4") - frames_of(film)).abs().mean((1, 2, 3))
    assert away[: NUM // 2 - 1].max() < 0.03 < away[-4:].min()


def test_a_mask_keeps_the_rest_as_it_was(film, tmp_path, mutoscope_command):
    drawn = np.zeros((64, 96), np.uint8)
    drawn[:, :48] = 255
    Image.fromarray(drawn).save(tmp_path / "mask.png")
    options = ("--mode", "melt", "--mask", tmp_path / "mask.png", "--feather", "0", "--crf", "1")

    done = mutoscope_command("datamosh", film, tmp_path / "out.mkv", *options)

    assert done.code == 0, done.err
    away = (frames_of(tmp_path / "out.mkv") - frames_of(film)).abs().mean((0, 1, 2))
    assert away[56:].max() < 0.02
    assert away[:40].mean() > 0.05


def test_bad_input_is_told_in_one_line(film, second, tmp_path, mutoscope_command):
    out, photo = tmp_path / "out.mp4", tmp_path / "photo.png"
    Image.fromarray(scenes(0, 40, 60)).save(photo)
    one = make_clip(tmp_path / "one.mp4", num_frames=1)
    still = make_clip(tmp_path / "still.mp4", num_frames=8, pixels=lambda i, h, w: scenes(0, h, w))
    told = {
        (film,): "1 file",
        (film, out, "--mode", "transplant"): "second film",
        (film, second, out, "--mode", "bloom"): "leave it out",
        (film, photo, out, "--mode", "melt"): "single picture",
        (photo, out): "single picture",
        (one, out): "single picture",
        (still, out, "--mode", "melt"): "no cut",
        (film, out, "--mode", "melt", "--at", "9s"): "nothing of it lies within",
        (film, out, "--mode", "smear"): "mode",
        (film, out, "--at", "soon"): "no time",
        (film, tmp_path / "none.mp4", out, "--mode", "melt"): "none.mp4",
    }

    for arguments, words in told.items():
        done = mutoscope_command("datamosh", *arguments)

        assert done.code == 2, arguments
        assert words in done.err
        assert len(done.err.strip().splitlines()) == 1
        assert not out.exists()
