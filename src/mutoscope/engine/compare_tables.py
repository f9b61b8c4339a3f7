"""What a comparison leaves besides films: tables, a plot, a sheet of frames, numbers."""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from mutoscope.autoencode.compare import FORMULAS, FrameNumbers, Picks, ShotNumbers, numbers_of, shots_of
from mutoscope.storage.atomic import atomic_path
from mutoscope.video.dark_plot import Curve, plot_shots
from mutoscope.video.picture_table import Heading, PictureCell, PictureRow, draw_table
from mutoscope.video.sheet import time_code

__all__ = ["FORMAT", "as_json", "draw_picks", "plot_quality", "write_frames_csv", "write_json", "write_shots_csv"]

FORMAT = "mutoscope.compare/1"
_DIGITS = {"psnr": 3, "psnr_low": 3, "spectrum": 3, "similarity": 5, "ssim": 5}
_SHOT_COLUMNS = (
    "psnr",
    "psnr_low",
    "ssim",
    "similarity",
    "motion",
    "motion_still",
    "motion_slow",
    "motion_fast",
    "spectrum",
)
_PICTURE_PX = 300
_HIGHEST_PX = 340


def write_frames_csv(frames: Iterable[FrameNumbers], out: Path) -> Path:
    """Write the numbers of each frame; frames and shots count from 1."""
    names = ("psnr", "ssim", "similarity", "spectrum", "contrast", "source_motion", "motion")
    with atomic_path(out) as temp, temp.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["frame", "time", "seconds", "shot", *names])
        for frame in frames:
            values = {name: getattr(frame.quality, name, None) for name in names} | {"similarity": frame.similarity}
            place = [frame.number + 1, time_code(frame.seconds), f"{frame.seconds:.6f}", frame.shot + 1]
            table.writerow([*place, *(_text(name, values[name]) for name in names)])
    return out


def write_shots_csv(shots: Iterable[ShotNumbers], out: Path) -> Path:
    """Write the numbers of each shot; `to` is the time of its last frame."""
    with atomic_path(out) as temp, temp.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["shot", "from", "to", "frames", *_SHOT_COLUMNS])
        for shot in shots:
            place = [shot.shot + 1, time_code(shot.start), time_code(shot.end), shot.frames]
            table.writerow([*place, *(_text(name, shot.numbers.get(name)) for name in _SHOT_COLUMNS)])
    return out


def plot_quality(frames: Sequence[FrameNumbers], out: Path, title: str) -> Path:
    """Draw PSNR, SSIM and learned similarity over time."""
    shots = list(shots_of(frames))
    curves = []
    for name, words in (("psnr", "PSNR, dB"), ("ssim", "SSIM"), ("similarity", "learned similarity")):
        known = [(f.seconds, value) for f in frames if (value := _value(f, name)) is not None]
        means = [(shot.start, shot.end, shot.numbers[name]) for shot in shots if name in shot.numbers]
        curves.append(Curve(words, [at for at, _ in known], [value for _, value in known], means))
    return plot_shots(curves, out, cuts_s=[shot.start for shot in shots[1:]], title=title)


def draw_picks(best: Picks, worst: Picks, out: Path, title: str, notes: Sequence[str]) -> Path:
    """Draw the best and the worst frames, the source above the dream."""
    rows = []
    for word, picks in (("best", best), ("worst", worst)):
        cells = [
            PictureCell(
                [pick.source_3HW, pick.dream_3HW],
                (
                    f"{time_code(pick.frame.seconds)}   {pick.frame.quality.psnr:.1f} dB",
                    f"shot {pick.frame.shot + 1}   SSIM {pick.frame.quality.ssim:.2f}",
                ),
            )
            for pick in picks
        ]
        rows.append(PictureRow(Heading(f"{word} frames", ("the film above", "its dream below")), cells))
    _, height, width = rows[0].cells[0].pictures_3HW[0].shape
    scale = min(_PICTURE_PX / width, _HIGHEST_PX / height)
    size = max(1, round(height * scale)), max(1, round(width * scale))
    return draw_table(title, notes, (), rows, out, picture_size=size)


def as_json(head: Mapping[str, Any], frames: Sequence[FrameNumbers], best: Picks, worst: Picks) -> dict[str, Any]:
    """Put all numbers together; those of each frame are in the table."""
    return {
        "format": FORMAT,
        **head,
        "film_numbers": _rounded(numbers_of(frames)),
        "shots": [
            {
                "shot": shot.shot + 1,
                "from_s": round(shot.start, 6),
                "to_s": round(shot.end, 6),
                "frames": shot.frames,
                **_rounded(shot.numbers),
            }
            for shot in shots_of(frames)
        ],
        **{
            word: [
                {
                    "frame": pick.frame.number + 1,
                    "seconds": round(pick.frame.seconds, 6),
                    "shot": pick.frame.shot + 1,
                    "psnr": round(pick.frame.quality.psnr, 3),
                }
                for pick in picks
            ]
            for word, picks in (("best", best), ("worst", worst))
        },
        "formulas": FORMULAS,
    }


def write_json(plain: Mapping[str, Any], out: Path) -> Path:
    """Write numbers."""
    with atomic_path(out) as temp:
        temp.write_text(json.dumps(plain, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return out


def _value(frame: FrameNumbers, name: str) -> float | None:
    value: float | None = frame.similarity if name == "similarity" else getattr(frame.quality, name)
    return value


def _rounded(numbers: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, _DIGITS.get(name, 4)) for name, value in numbers.items()}


def _text(name: str, value: float | None) -> str:
    return "" if value is None else f"{value:.{_DIGITS.get(name, 5)}f}"
