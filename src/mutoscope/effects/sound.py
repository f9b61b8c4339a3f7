"""What a film sounds like, measured once and kept under the hash of its bytes: what sound curves follow."""

import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mutoscope.core.errors import ParameterError
from mutoscope.core.progress import Listener, ignore
from mutoscope.effects.sound_curve import ONSET, Envelope, band_of
from mutoscope.storage.cache import Cache
from mutoscope.video.info import VideoInfo
from mutoscope.video.sound_levels import LEVELS_PER_S, measure_sound

__all__ = ["Heard", "check_sound", "listen"]

_FORMAT = "mutoscope.sound/1"


@dataclass(frozen=True, eq=False)
class Heard:
    """Envelopes of sounds by their names. Two are the same only where they are one object."""

    envelopes: Mapping[str, Envelope]


def listen(sounds: Iterable[str], path: Path, source_hash: str, cache: Cache, report: Listener = ignore) -> Heard:
    """Measure sounds of a film, or take their envelopes from the cache.

    Args:
        sounds: names as `Params.sounds` gives them.
        path: the film.
        source_hash: digest of its bytes.
        cache: keeps envelopes; a damaged one is measured anew.
        report: takes progress in seconds.

    Raises:
        InputError: the film has no sound, none that can be decoded, or it is silent.

    """
    wanted = sorted(sounds)
    keys = {sound: cache.key(_FORMAT, source_hash, sound) for sound in wanted}
    found = {sound: _load(cache.get(key)) for sound, key in keys.items()}
    missing = [sound for sound, envelope in found.items() if envelope is None]
    if missing:
        bands = [sound for sound in missing if sound != ONSET]
        levels = measure_sound(path, [band_of(sound) for sound in bands], report)
        rows = {**dict(zip(bands, levels.bands_BN, strict=True)), ONSET: levels.onsets_N}
        for sound in missing:
            _keep(cache, keys[sound], Envelope(rows[sound], LEVELS_PER_S, levels.start_s))
            # Read back even now, so that the first run gets the very numbers that later runs get.
            found[sound] = _load(cache.get(keys[sound])) or Envelope(rows[sound], LEVELS_PER_S, levels.start_s)
    return Heard({sound: envelope for sound, envelope in found.items() if envelope is not None})


def check_sound(info: VideoInfo, path: Path, sounds: Iterable[str]) -> None:
    """See that there is a sound track which numbers may follow.

    Raises:
        ParameterError: it is a picture, pictures in a row, or a film without sound.

    """
    if info.kind == "video" and info.audio:
        return
    what = {"video": "a film without sound", "picture": "a picture", "sequence": "a row of pictures"}[info.kind]
    raise ParameterError(
        f"{path} is {what}, and a number follows {', '.join(sorted(sounds))}; give a film that has sound, or "
        "numbers and keyframes like '0s:0, 4s:1' instead."
    )


def _keep(cache: Cache, key: str, envelope: Envelope) -> None:
    def write(path: Path) -> None:
        with path.open("wb") as file:
            np.savez_compressed(file, levels=np.asarray(envelope.levels), start_s=envelope.start_s)

    cache.put(key, write, ".npz")


def _load(path: Path | None) -> Envelope | None:
    if path is None:
        return None
    try:
        with np.load(path, allow_pickle=False) as stored:
            return Envelope(stored["levels"].tolist(), LEVELS_PER_S, float(stored["start_s"]))
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):  # another process has made room, or the disk fails
        return None
