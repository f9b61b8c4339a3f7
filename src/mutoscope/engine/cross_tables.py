"""What crossing films and models leaves besides films: a sheet, a table, numbers."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mutoscope.autoencode.card import Card
from mutoscope.autoencode.compare import FORMULAS
from mutoscope.engine.cross_cell import CellNumbers, Moments, Sample, rows_of
from mutoscope.storage.atomic import atomic_path
from mutoscope.video.picture_table import Heading, PictureCell, PictureRow, draw_table
from mutoscope.video.sheet import time_code

__all__ = ["FORMAT", "draw_matrix", "write_matrix_csv", "write_matrix_json"]

FORMAT = "mutoscope.cross/1"
_NUMBERS = ("psnr", "ssim", "similarity", "motion", "motion_still", "motion_slow", "motion_fast", "spectrum")
_PICTURE_PX = (180, 224)
_DIGITS = 4


def draw_matrix(
    samples: Sequence[Sample],
    looks: Sequence[Moments],
    models: Sequence[Path],
    cards: Sequence[Card],
    cells: Sequence[CellNumbers],
    out: Path,
) -> Path:
    """Draw films in rows, the source and the models in columns.

    Raises:
        OutputError: the sheet cannot be written.

    """
    columns = [Heading("the film", ("as it is",))]
    columns += [Heading(path.stem, _about(card)) for path, card in zip(models, cards, strict=True)]
    rows = []
    for sample, look, row in zip(samples, looks, rows_of(cells, len(models)), strict=True):
        told = [PictureCell(look.pictures_3HW, _folded([time_code(seconds) for seconds in look.seconds]))]
        told += [PictureCell(cell.dream, _lines(cell), cell.is_own_film) for cell in row]
        rows.append(PictureRow(Heading(sample.info.path.name, (_length(sample),)), told))
    notes = [f"PSNR, SSIM, learned similarity (1 = same) and motion (1 = all of it is kept) of {_frames(cells)}."]
    if any(cell.is_own_film for cell in cells):
        notes.append("Framed: the model has seen this film.")
    num = max(len(look.seconds) for look in looks)
    return draw_table(
        "Films through models",
        notes,
        columns,
        rows,
        out,
        picture_size=_PICTURE_PX,
        across=1 if num == 1 else 2,
    )


def write_matrix_csv(cells: Sequence[CellNumbers], out: Path) -> Path:
    """Write the numbers of each cell, a line each."""
    with atomic_path(out) as temp, temp.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["film", "model", "own_film", "width", "height", "frames", *_NUMBERS])
        for cell in cells:
            place = [cell.film, cell.model, "yes" if cell.is_own_film else "no", *cell.size, cell.frames]
            numbers = (cell.numbers.get(name) for name in _NUMBERS)
            table.writerow([*place, *("" if value is None else f"{value:.{_DIGITS}f}" for value in numbers)])
    return out


def write_matrix_json(
    cells: Sequence[CellNumbers],
    looks: Sequence[Moments],
    cards: Sequence[Card],
    models: Sequence[Path],
    samples: int,
    films: Sequence[Path],
    grid: Path | None,
    notices: Sequence[str],
    out: Path,
) -> Path:
    """Write all numbers, with what they are."""
    rendered: Sequence[Path | None] = films or [None] * len(cells)
    each = [look for look in looks for _ in models]
    plain: dict[str, Any] = {
        "format": FORMAT,
        "samples": samples,
        "models": [
            {"model": str(path), "profile": card.profile.model_dump(), "films": [seen.name for seen in card.films]}
            for path, card in zip(models, cards, strict=True)
        ],
        "cells": [
            {
                "film": str(cell.film),
                "model": str(cell.model),
                "own_film": cell.is_own_film,
                "measured_at": list(cell.size),
                "frames": cell.frames,
                **{name: round(value, _DIGITS) for name, value in cell.numbers.items()},
                "moments": [round(seconds, 3) for seconds in look.seconds],
                **({} if made is None else {"rendered": made.name}),
            }
            for (cell, made), look in zip(zip(cells, rendered, strict=True), each, strict=True)
        ],
        "matrix_film": None if grid is None else grid.name,
        "notices": list(notices),
        "formulas": FORMULAS,
    }
    with atomic_path(out) as temp:
        temp.write_text(json.dumps(plain, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return out


def _about(card: Card) -> tuple[str, ...]:
    profile = card.profile
    seen = ", ".join(film.name for film in card.films) or "nobody knows what"
    return f"has seen {seen}", f"{profile.width}x{profile.height}, {profile.latent} numbers a frame"


def _lines(cell: CellNumbers) -> tuple[str, ...]:
    numbers = cell.numbers
    first = f"{numbers['psnr']:.1f} dB   SSIM {numbers['ssim']:.2f}"
    second = f"similarity {numbers['similarity']:.2f}" if "similarity" in numbers else ""
    third = f"motion {numbers['motion']:.2f}" if "motion" in numbers else ""
    return first, "   ".join(part for part in (second, third) if part)


def _folded(times: Sequence[str]) -> tuple[str, ...]:
    return tuple("   ".join(times[i : i + 4]) for i in range(0, len(times), 4))


def _length(sample: Sample) -> str:
    seconds = sample.info.duration
    return f"{sample.info.width}x{sample.info.height}" + ("" if seconds is None else f", {time_code(float(seconds))}")


def _frames(cells: Sequence[CellNumbers]) -> str:
    least, most = min(cell.frames for cell in cells), max(cell.frames for cell in cells)
    return f"{most} frames of each" if least == most else f"{least} to {most} frames of each"
