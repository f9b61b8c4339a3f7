"""Cut the keeps of a shoot together: packets are copied where the clips are alike, coded anew where they are not."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from math import lcm
from pathlib import Path

import torch
import torch.nn.functional as nnf

from mutoscope.core.clip import Clip
from mutoscope.core.errors import InputError, OutputError
from mutoscope.core.progress import Listener, Progress, ignore
from mutoscope.engine.result import RunResult
from mutoscope.sort.model import ClipReport, FrameTable
from mutoscope.storage.atomic import atomic_path, temp_beside
from mutoscope.video.encoders import Container, choose_encoder
from mutoscope.video.index import index_frames
from mutoscope.video.info import VideoInfo, probe
from mutoscope.video.packet_look import PacketLook, Run, look_at_packets
from mutoscope.video.sound_line import SoundSpan, join_sound
from mutoscope.video.span import Span, SpanReader
from mutoscope.video.splice import can_copy, copy_runs
from mutoscope.video.write import create_video, is_source

__all__ = ["assemble"]

_MOST_LOST = Fraction(1, 4)
"""Share of what is kept that may fall away because copying begins at key frames; beyond it all is coded anew."""

_FINEST = 2**31 - 1
_USUAL_BASE = Fraction(1, 90_000)


def assemble(reports: Sequence[ClipReport], root: Path, out: Path, report: Listener = ignore) -> RunResult:
    """Cut everything that is kept together, in the order of the reports.

    Where all clips share codec, size, rate and the rest of what a decoder must know, their packets are copied: each
    part begins with the first key frame inside it, and may end a few frames early where a later one is needed to
    decode them. Otherwise, or where more than a quarter would be lost so, the film is coded anew, exact to the frame,
    at the size and rate of most of it. Sound is coded anew in both cases, since its packets do not end with frames.

    Args:
        reports: clips with their segments.
        root: folder that their paths start from.
        out: mp4, mov, mkv or webm.
        report: takes progress.

    Raises:
        InputError: nothing is kept, or a clip is not what it was when it was sorted.
        OutputError: the result cannot be written.

    """
    begun = time.monotonic()
    container, _ = choose_encoder(out, None)
    cuts = [cut for one in reports for cut in _cuts(one, root)]
    if not cuts:
        raise InputError("nothing is kept, so there is nothing to assemble; change the thresholds or the decisions.")
    paths = list(dict.fromkeys(cut.path for cut in cuts))
    for path in paths:
        if is_source(out, path):
            raise OutputError(f"the result {out} is one of the clips; give another name, clips are never changed.")
    looks = {path: look_at_packets(probe(path)) for path in _counted(paths, report)}
    runs, why = _copied(cuts, looks, container)
    if runs:
        frames, notices = _copy(cuts, runs, out, container, report)
    else:
        frames, notices = _encode(cuts, out, container, report)
        notices = [f"the film was coded anew: {why}.", *notices]
    return RunResult(out, frames, time.monotonic() - begun, tuple(dict.fromkeys(notices)))


@dataclass(frozen=True)
class _Cut:
    """A part of a clip: time stamps of its first frame and of the first after it, or None at the clip's end."""

    path: Path
    start: int
    end: int | None
    time_base: Fraction
    seconds: Fraction


def _cuts(report: ClipReport, root: Path) -> Iterator[_Cut]:
    """Yield what is kept of a clip; keeps that touch are one."""
    table = report.table
    if table is None or report.error is not None:
        return
    spans: list[tuple[int, int]] = []
    for segment in report.segments:
        if segment.verdict == "keep":
            if spans and spans[-1][1] == segment.first:
                spans[-1] = (spans[-1][0], segment.end)
            else:
                spans.append((segment.first, segment.end))
    for first, end in spans:
        is_last = end >= len(table)
        start = int(table.pts_T[first])
        stop = int(table.pts_T[-1]) if is_last else int(table.pts_T[end])
        seconds = (stop - start) * table.time_base + (_last_step(report, table) if is_last else 0)
        yield _Cut(root / report.path, start, None if is_last else stop, table.time_base, seconds)


def _last_step(report: ClipReport, table: FrameTable) -> Fraction:
    """Say how long the last frame is shown: as long as the rate says, or as the one before."""
    if report.frame_rate:
        return 1 / report.frame_rate
    return int(table.pts_T[-1] - table.pts_T[-2]) * table.time_base if len(table) > 1 else Fraction(1, 25)


def _counted(paths: Sequence[Path], report: Listener) -> Iterator[Path]:
    for done, path in enumerate(paths, 1):
        yield path
        report(Progress("look", done, len(paths), "clips"))


def _copied(
    cuts: Sequence[_Cut], looks: dict[Path, PacketLook | None], container: Container
) -> tuple[list[Run | None], str]:
    """Plan copying: a run for each cut, None for a cut without a key frame; or no runs and why not."""
    known = {path: look for path, look in looks.items() if look is not None}
    silent = next((path for path in looks if path not in known), None)
    if silent is not None:
        return [], f"the packets of {silent.name} do not tell their times"
    kinds = Counter(look.kind for look in known.values())
    if len(kinds) > 1:
        return [], f"the clips are of {len(kinds)} kinds ({_told(kinds)})"
    codec = next(iter(kinds))[0]
    if not can_copy(container, codec):
        return [], f"{container.format} does not hold {codec}"
    runs = [known[cut.path].run(*_stamps(cut, known[cut.path].info)) for cut in cuts]
    whole = sum((cut.seconds for cut in cuts), start=Fraction(0))
    copied = sum((run.seconds for run in runs if run), start=Fraction(0))
    if copied < (1 - _MOST_LOST) * whole:
        lost = round(100 * (1 - copied / whole)) if whole else 100
        return [], f"key frames lie so far apart that {lost} % would have been lost by copying"
    return runs, ""


def _told(kinds: "Counter[tuple[str, ...]]") -> str:
    names = [" ".join(kind[:3]) for kind, _ in kinds.most_common(3)]
    if len(set(names)) == 1:
        return f"{names[0]}, with different settings"
    return ", ".join(dict.fromkeys(names)) + (", …" if len(kinds) > 3 else "")


def _stamps(cut: _Cut, info: VideoInfo) -> tuple[int, int | None]:
    """Give a cut's time stamps in the film's own units."""
    ratio = cut.time_base / info.time_base
    return round(cut.start * ratio), None if cut.end is None else round(cut.end * ratio)


def _copy(
    cuts: Sequence[_Cut], runs: Sequence[Run | None], out: Path, container: Container, report: Listener
) -> tuple[int, list[str]]:
    kept = [run for run in runs if run is not None]
    total = sum(len(run.pts) for run in kept)
    spans = [SoundSpan(run.path, run.key * run.time_base, run.seconds) for run in kept]
    with _sound(spans, out, container) as sound, atomic_path(out) as temp:
        done = 0
        for frames in copy_runs(temp, container, kept, sound.path):
            done += frames
            report(Progress("copy", done, total))
    lost = sum((cut.seconds for cut in cuts), start=Fraction(0)) - sum((run.seconds for run in kept), start=Fraction(0))
    notices = list(sound.notices)
    if lost > 0:
        notices.append(f"copied without coding anew: {float(lost):.2f} s before key frames and at ends fell away.")
    missing = [cut for cut, run in zip(cuts, runs, strict=True) if run is None]
    notices += [
        f"{cut.path.name}: {float(cut.seconds):.2f} s at {float(cut.start * cut.time_base):.2f} s are left out, "
        "no key frame lies in them."
        for cut in missing
    ]
    return total, notices


def _encode(cuts: Sequence[_Cut], out: Path, container: Container, report: Listener) -> tuple[int, list[str]]:
    infos = {path: probe(path) for path in dict.fromkeys(cut.path for cut in cuts)}
    like = _like(cuts, infos)
    spans = [SoundSpan(cut.path, cut.start * cut.time_base, cut.seconds) for cut in cuts]
    notices: list[str] = []
    frames, total = 0, round(sum((cut.seconds for cut in cuts), start=Fraction(0)) * (like.frame_rate or 25))
    with _sound(spans, out, container) as sound:
        notices += sound.notices
        with create_video(out, like=like, source=sound.path, effort="fast") as writer:
            at = Fraction(0)
            for cut in cuts:
                for clip in _read(cut, infos[cut.path], like, at, notices):
                    writer.write(clip)
                    frames += len(clip)
                    report(Progress("encode", frames, max(total, frames)))
                at += cut.seconds
        notices += writer.notices
    return frames, notices


def _like(cuts: Sequence[_Cut], infos: dict[Path, VideoInfo]) -> VideoInfo:
    """Give the film that is to be: of the size and rate that most of it has, in time units that fit all."""
    shapes: Counter[tuple[int, int, Fraction]] = Counter()
    rates: Counter[Fraction] = Counter()
    for cut in cuts:
        info = infos[cut.path]
        shapes[info.width, info.height, info.sample_aspect_ratio] += round(cut.seconds * 1000)
        rates[info.frame_rate or Fraction(25)] += round(cut.seconds * 1000)
    (width, height, aspect), _ = shapes.most_common(1)[0]
    rate, _ = rates.most_common(1)[0]
    bases = {cut.time_base for cut in cuts}
    whole = lcm(*(base.denominator for base in bases))
    base = bases.pop() if len(bases) == 1 else Fraction(1, whole) if whole <= _FINEST else _USUAL_BASE
    seconds = sum((cut.seconds for cut in cuts), start=Fraction(0))
    film = VideoInfo(cuts[0].path, "video", "", "", width, height, frame_rate=rate, time_base=base, duration=seconds)
    return replace(film, sample_aspect_ratio=aspect)


@dataclass(frozen=True)
class _Sound:
    path: Path | None
    notices: tuple[str, ...] = ()


@contextmanager
def _sound(spans: Sequence[SoundSpan], out: Path, container: Container) -> Iterator[_Sound]:
    """Lend a file with the sound of all spans; it lives as long as the film is written."""
    if container.audio_codec is None:
        yield _Sound(None)
        return
    with temp_beside(out.with_name(f"{out.stem}.sound{out.suffix}")) as temp:
        if not join_sound(spans, temp, container.audio_codec):
            yield _Sound(None)
            return
        name = container.audio_codec.removeprefix("lib")
        yield _Sound(temp, (f"sound was coded anew as {name}, 48 kHz stereo, so that it ends with the pictures.",))


def _read(cut: _Cut, info: VideoInfo, like: VideoInfo, at: Fraction, notices: list[str]) -> Iterator[Clip]:
    """Yield the frames of a cut in the size and at the times of the film that is to be, with bars where they differ."""
    start, end = _stamps(cut, info)
    size = _fitted(info, like)
    if size != (like.width, like.height):
        notices.append(f"{cut.path.name} is {info.width}x{info.height} and was fitted into {like.width}x{like.height}.")
    with SpanReader(info, size) as reader:
        for clip in reader.read(Span(start, end, index_frames(info).key_before(start))):
            moved = (round((at + (pts - start) * info.time_base) / like.time_base) for pts in clip.pts_T)
            yield Clip(_framed(clip.pixels_TCHW, like), tuple(moved), like.time_base)
        notices += reader.notices


def _fitted(info: VideoInfo, like: VideoInfo) -> tuple[int, int]:
    """Give width and height that fit into the film without changing the picture's shape."""
    wide = info.width * info.sample_aspect_ratio / like.sample_aspect_ratio
    scale = min(like.width / wide, Fraction(like.height, info.height))
    return max(1, round(wide * scale)), max(1, round(info.height * scale))


def _framed(pixels_TCHW: torch.Tensor, like: VideoInfo) -> torch.Tensor:
    height, width = pixels_TCHW.shape[2:]
    left, top = (like.width - width) // 2, (like.height - height) // 2
    return nnf.pad(pixels_TCHW, (left, like.width - width - left, top, like.height - height - top))
