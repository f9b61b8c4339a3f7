"""`mutoscope.cross`: several films through several models: which network makes what of which film."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mutoscope.autoencode.card import Card
from mutoscope.autoencode.codec import Codec
from mutoscope.autoencode.files import load_model
from mutoscope.core.errors import InputError, OutputError, ParameterError
from mutoscope.core.progress import Listener, Progress, ignore
from mutoscope.engine.cross_cell import CellNumbers, Sample, measure_cell, sample_film
from mutoscope.engine.cross_films import render_cells, write_grid_film
from mutoscope.engine.cross_tables import draw_matrix, write_matrix_csv, write_matrix_json
from mutoscope.engine.device import choose_device, torch_threads
from mutoscope.models.backbones import load_backbone
from mutoscope.storage.folders import make_folder
from mutoscope.storage.hashing import hash_file

__all__ = ["Crossed", "cross"]

_MOST_FILMS, _MOST_MODELS, _MOST_PLAYING = 50, 20, 64


@dataclass(frozen=True)
class Crossed:
    """What was made.

    Attributes:
        folder: in which all of it lies.
        matrix: sheet: films in rows, models in columns.
        matrix_csv: numbers of each cell.
        matrix_json: likewise, with what they are.
        cells: film by film, and model by model within.
        films: each film through each model, in the same order; empty where they were not wanted.
        matrix_film: all of these playing beside each other; None where they were not wanted.
        seconds: wall time.
        notices: what a person should know, one line each.

    """

    folder: Path
    matrix: Path
    matrix_csv: Path
    matrix_json: Path
    cells: tuple[CellNumbers, ...]
    films: tuple[Path, ...] = ()
    matrix_film: Path | None = None
    seconds: float = 0.0
    notices: tuple[str, ...] = ()


def cross(
    films: Sequence[str | Path],
    models: Sequence[str | Path],
    out: str | Path,
    *,
    moments: int = 4,
    samples: int = 64,
    films_too: bool = False,
    device: str = "auto",
    work: str | Path | None = None,
    report: Listener = ignore,
) -> Crossed:
    """See several films through several models: one sheet, and numbers of each pair.

    Each cell is measured on pairs of neighbouring frames spread over the film, at the size that the model sees, in the
    part of the frame that it sees.

    Args:
        films: rows.
        models: columns: files of `train_autoencoder`.
        out: folder; made where it is missing.
        moments: pictures in each cell, spread over the film.
        samples: frames that are measured in each cell.
        films_too: write each film through each model, too, and one film in which all play beside each other in step,
            as long as the shortest, without sound.
        device: "cpu", "cuda" or "auto".
        work: folder for finished pieces of films; the user's cache folder by default.
        report: takes progress.

    Raises:
        InputError: there is no film, or one cannot be read.
        OutputError: the folder cannot be written.
        ParameterError: there is no model, or a number is out of its bounds.
        WeightsError: a model cannot be read.

    """
    began = time.monotonic()
    rows, columns, folder = [Path(film) for film in films], [Path(model) for model in models], Path(out)
    _check(rows, columns, moments, samples, films_too=films_too)
    cards = [load_model(path).card for path in columns]  # before any work: a broken one is told at once
    where = choose_device(device)
    taken = [sample_film(path, samples, moments) for path in rows]
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder} is a file; give a folder for the sheet.")
    make_folder(folder)
    cells: list[CellNumbers] = []
    with torch_threads(1):  # sums are rounded alike on every machine
        backbone = load_backbone("efficientnet_lite0")
        looks = [sample.look() for sample in taken]
        for sample, look in zip(taken, looks, strict=True):
            for path, card in zip(columns, cards, strict=True):
                codec = Codec(load_model(path), where)  # one at a time: memory does not grow with their number
                own = is_own_film(sample, card)
                cells.append(measure_cell(sample, look, path, codec, backbone, is_own_film=own))
                report(Progress("cross", len(cells), len(rows) * len(columns), "cells"))
    made: tuple[Path, ...] = ()
    grid: Path | None = None
    notices: list[str] = [notice for sample in taken for notice in sample.notices]
    if films_too:
        made = render_cells(rows, columns, folder, work, device, report)
        grid = write_grid_film(rows, columns, made, folder / "matrix.mp4", report)
    return Crossed(
        folder,
        draw_matrix(taken, looks, columns, cards, cells, folder / "matrix.png"),
        write_matrix_csv(cells, folder / "matrix.csv"),
        write_matrix_json(cells, looks, cards, columns, samples, made, grid, notices, folder / "matrix.json"),
        tuple(cells),
        made,
        grid,
        time.monotonic() - began,
        tuple(dict.fromkeys(notices)),
    )


def is_own_film(sample: Sample, card: Card) -> bool:
    """Tell whether a model has seen a film, by the film's bytes."""
    if sample.info.kind != "video":
        return False
    digest = hash_file(sample.info.path)
    return any(seen.sha256 == digest for seen in card.films)


def _check(rows: Sequence[Path], columns: Sequence[Path], moments: int, samples: int, *, films_too: bool) -> None:
    if not rows:
        raise InputError("no film was given; give one or more with --films.")
    if not columns:
        raise ParameterError("no model was given; give one or more with --models, files of 'train autoencoder'.")
    for what, num, most in (("films", len(rows), _MOST_FILMS), ("models", len(columns), _MOST_MODELS)):
        if num > most:
            raise ParameterError(f"{num} {what} are too many for one sheet; give at most {most}.")
    if films_too and len(rows) * (len(columns) + 1) > _MOST_PLAYING:
        raise ParameterError(
            f"{len(rows)} films through {len(columns)} models are too many to play beside each other; give fewer, or "
            "leave --films-too out."
        )
    for name, value, least, most in (("moments", moments, 1, 16), ("samples", samples, 2, 4096)):
        if not least <= value <= most:
            raise ParameterError(f"{name}={value} is not allowed; expected {least} to {most}.")
