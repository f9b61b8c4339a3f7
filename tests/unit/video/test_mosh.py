"""Packets in memory: one picture in, one packet; one packet in, one picture, whatever became of it."""

import os
import subprocess
import sys

import pytest
import torch
from numpy.random import default_rng

from mutoscope.testing.motion import smooth_noise
from mutoscope.video.mosh import MoshDecoder, MoshEncoder
from mutoscope.video.mosh_packets import damage

CODECS = ("mpeg4", "h264")


def panning(num=10, height=67, width=93, step=2):
    # Grey: half of the colour's detail is lost in 4:2:0.
    big = smooth_noise(height, width + 60, seed=3).mean(0, keepdim=True).expand(3, -1, -1)
    return [big[:, :, step * i : step * i + width].contiguous() for i in range(num)]


def packets_of(frames, codec, **options):
    encoder = MoshEncoder(tuple(frames[0].shape[1:]), codec, 4, **options)
    return [encoder.encode(x) for x in frames]


def pictures(packets, codec, size):
    decoder = MoshDecoder(size, codec)
    shown = []
    for packet in packets:
        decoder.decode(packet)
        shown.append(decoder.picture)
    return shown, decoder.num_failed


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("size", [(67, 93), (1, 1), (17, 23), (16, 200)])
def test_a_film_comes_back_as_it_was_in_any_size(codec, size):
    frames = panning(4, *size)

    shown, failed = pictures(packets_of(frames, codec), codec, size)

    assert failed == 0
    assert all(a.shape == b.shape and (a - b).abs().mean() < 0.02 for a, b in zip(shown, frames, strict=True))


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("change", ["repeat", "drop", "lose the keyframe", "swap"])
def test_every_packet_gives_a_picture_whatever_came_before(codec, change):
    frames = panning(8)
    packets = packets_of(frames, codec)
    encoder = MoshEncoder((67, 93), codec, 4)
    other = [encoder.encode(1 - x) for x in frames]
    changed = {
        "repeat": [*packets[:3], *[packets[3]] * 40, *packets[4:]],
        "drop": [packets[0], *packets[5:]],
        "lose the keyframe": [*packets, *other[1:]],
        "swap": [packets[0], packets[5], packets[2], packets[6], packets[1]],
    }[change]

    shown, failed = pictures(changed, codec, (67, 93))

    assert failed == 0
    assert all(x is not None for x in shown)


@pytest.mark.parametrize("codec", CODECS)
def test_repeated_motion_goes_on(codec):
    frames = panning(4, step=3)
    packets = packets_of(frames, codec)

    shown, _ = pictures([*packets[:2], *[packets[1]] * 6], codec, (67, 93))

    moved = panning(8, step=3)[7][:, :, :70]  # seven steps on, where the first picture reaches
    assert (shown[-1][:, 4:-4, :60] - moved[:, 4:-4, :60]).abs().mean() < 0.06
    assert (shown[-1] - shown[1]).abs().mean() > 0.06


@pytest.mark.parametrize("codec", CODECS)
def test_the_motion_of_a_pan_is_told_exactly(codec):
    frames = panning(6)
    encoder, decoder = MoshEncoder((67, 93), codec, 3), MoshDecoder((67, 93), codec, vectors=True)
    for x in frames:
        decoder.decode(encoder.encode(x))

        field_2HW = decoder.field()

    inner = field_2HW[:, 16:-16, 16:-32]
    assert field_2HW.shape == (2, 67, 93)
    assert (inner[0] - 2).abs().max() <= 0.25
    assert inner[1].abs().max() <= 0.25


def test_a_keyframe_tells_no_motion():
    encoder, decoder = MoshEncoder((67, 93), "h264", 3), MoshDecoder((67, 93), "h264", vectors=True)
    for x in panning(3):
        decoder.decode(encoder.encode(x, key=True))

    assert decoder.field().abs().max() == 0


@pytest.mark.parametrize("codec", CODECS)
def test_damage_is_seeded_and_spares_headers(codec):
    packet = packets_of(panning(3), codec)[2]

    one, again, other = (damage(packet, 5, default_rng(seed)) for seed in (1, 1, 2))

    assert one == again != other
    assert len(one) == len(packet)
    assert one[:16] == packet[:16]
    assert 1 <= sum(a != b for a, b in zip(one, packet, strict=True)) <= 5
    assert damage(packet[:10], 5, default_rng(1)) == packet[:10]


PICTURES = """
import hashlib, torch
from numpy.random import default_rng
from mutoscope.testing.motion import smooth_noise
from mutoscope.video.mosh import MoshDecoder, MoshEncoder
from mutoscope.video.mosh_packets import damage
found = hashlib.sha256()
big = smooth_noise(96, 160, seed=3)
for codec in ("mpeg4", "h264"):
    encoder, decoder = MoshEncoder((96, 128), codec, 4, parts=4), MoshDecoder((96, 128), codec)
    for i in range(16):
        packet = encoder.encode(big[:, :, 2 * i : 2 * i + 128].contiguous())
        decoder.decode(damage(packet, 6 if i % 2 else 0, default_rng(i)))
        found.update(decoder.picture.numpy().tobytes())
print(found.hexdigest())
"""


def test_nonsense_is_decoded_to_the_same_pictures_in_every_process():
    # Memory that nobody has written is filled with another value in each.
    found = {
        subprocess.run(
            [sys.executable, "-c", PICTURES],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "MALLOC_PERTURB_": perturb, "OMP_NUM_THREADS": "1"},
        ).stdout
        for perturb in ("17", "201")
    }

    assert len(found) == 1


def test_what_gives_no_picture_shows_the_one_before():
    packets = packets_of(panning(2), "h264")
    decoder = MoshDecoder((67, 93), "h264")
    assert decoder.picture is None
    decoder.decode(packets[0])
    before = decoder.picture

    came = decoder.decode(b"\x00\x00\x01\x09\xf0")

    assert not came
    assert decoder.num_failed == 1
    assert torch.equal(decoder.picture, before)


@pytest.mark.parametrize("codec", CODECS)
def test_a_change_of_scene_makes_no_keyframe(codec):
    frames = [*panning(3), *(1 - x.flip(2) for x in panning(3))]
    packets = packets_of([*frames, *frames], codec)

    assert [pictures([packet], codec, (67, 93))[1] for packet in packets] == [0, *[1] * 11]
