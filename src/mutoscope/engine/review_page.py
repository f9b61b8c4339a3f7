"""A small page for people who look at results: stills before and after, the film, how it was made. No script in it."""

import html
import re
import shutil
from collections.abc import Iterator
from fractions import Fraction
from importlib.resources import files
from pathlib import Path
from urllib.parse import quote

from mutoscope.core.clip import Clip
from mutoscope.core.errors import InputError, ParameterError
from mutoscope.recipes.manifest import Manifest, manifest_path, read_manifest
from mutoscope.storage.atomic import atomic_path
from mutoscope.storage.folders import make_folder
from mutoscope.video.info import is_picture_name, is_sequence_name
from mutoscope.video.picture import save_picture
from mutoscope.video.sheet import Cell, sample_film

__all__ = ["PAGE", "write_review"]

PAGE = "index.html"
_NUM_STILLS = 6
_PLAYED = frozenset({".mp4", ".mov", ".webm"})
"""What browsers play."""


def write_review(result: Path, folder: Path, source: Path | None = None) -> list[Path]:
    """Write the page of a result, with all that it shows, into a folder; the page itself comes last.

    Args:
        result: film or picture that has a manifest.
        folder: made if missing; files of the same names are replaced.
        source: what it was made from; what the manifest names without.

    Returns:
        what was written, in order.

    Raises:
        InputError: the result, its manifest or its source is not there.
        OutputError: the folder cannot be written.

    """
    if is_sequence_name(result):
        raise ParameterError(
            f"{result.name} is a sequence, and a page shows a film or a picture; make a film of it first."
        )
    if not result.is_file():
        raise InputError(f"{result} does not exist; give a result of Mutoscope.")
    told = read_manifest(manifest_path(result))
    source = source or _source(told)
    make_folder(folder)
    written = [_copied(result, folder / result.name)]
    written.append(_copied(manifest_path(result), folder / manifest_path(result).name))
    pairs = [] if source is None else _pairs(source, result)
    for number, (before, after) in enumerate(pairs, 1):
        for name, cell in ((f"{number}-before.jpg", before), (f"{number}-after.jpg", after)):
            written.append(folder / name)
            with atomic_path(folder / name) as temp:
                save_picture(Clip(cell.pixels_CHW[None].clamp(0, 1), (0,), Fraction(1)), temp)
    text = _page(result, told, [after.caption for _, after in pairs])
    with atomic_path(folder / PAGE) as temp:
        temp.write_text(text, encoding="utf-8", errors="replace")
    return [*written, folder / PAGE]


def _source(told: Manifest) -> Path | None:
    """Find the source; the page of a result whose source has gone shows no stills of before."""
    path = next((Path(one.path) for one in told.inputs if one.role == "source"), None)
    return path if path is not None and (path.is_file() or is_sequence_name(path)) else None


def _pairs(source: Path, result: Path) -> list[tuple[Cell, Cell]]:
    number = 1 if is_picture_name(result) else _NUM_STILLS
    before, after = sample_film(source, number), sample_film(result, number)
    return list(zip(before, after, strict=False))


def _copied(path: Path, place: Path) -> Path:
    if not (place.exists() and place.samefile(path)):
        with atomic_path(place) as temp:
            shutil.copyfile(path, temp)
    return place


def _page(result: Path, told: Manifest, captions: list[str]) -> str:
    folder = files("mutoscope.data") / "review"
    shell = (folder / "page.html").read_text(encoding="utf-8")
    style = (folder / "page.css").read_text(encoding="utf-8")
    facts = "\n".join(f"<dt>{_safe(name)}</dt><dd>{_safe(value)}</dd>" for name, value in _facts(told))
    steps = "\n".join(f"<li>{_safe(line)}</li>" for line in _steps(told))
    parts = {
        "title": _safe(result.name),
        "style": style,
        "told": _safe(_told(told)),
        "film": _film(result),
        "stills": "\n".join(_still(number, caption) for number, caption in enumerate(captions, 1)),
        "steps": steps,
        "facts": facts,
        "files": f'<a href="{_link(result.name)}" download>film</a>, '
        f'<a href="{_link(manifest_path(result).name)}" download>manifest</a>',
    }
    # In one pass: what is put in may hold brackets of its own.
    return re.sub(r"\{([a-z]+)\}", lambda found: parts[found[1]], shell)


def _film(result: Path) -> str:
    name = _link(result.name)
    if is_picture_name(result) or result.suffix.lower() == ".gif":
        return f'<img class="whole" src="{name}" alt="The result">'
    if result.suffix.lower() in _PLAYED:
        return f'<video src="{name}" controls preload="metadata" playsinline></video>'
    return f'<p>Browsers do not play {_safe(result.suffix)}; <a href="{name}" download>fetch the film</a>.</p>'


def _still(number: int, caption: str) -> str:
    return (
        f'<figure><button class="pair" type="button" aria-label="Frame {number}: press to see it before">'
        f'<img src="{number}-after.jpg" alt="Frame {number} after" loading="lazy">'
        f'<img class="before" src="{number}-before.jpg" alt="" loading="lazy"></button>'
        f"<figcaption>{_safe(caption)}</figcaption></figure>"
    )


def _told(told: Manifest) -> str:
    source = next((Path(one.path).name for one in told.inputs if one.role == "source"), "a film")
    frames = 0 if told.result is None else told.result.frames
    when = "" if told.run is None or not told.run.started else f", {told.run.started[:10]}"
    return f"Made from {source}, {frames} {'frame' if frames == 1 else 'frames'}{when}"


def _steps(told: Manifest) -> Iterator[str]:
    for step in (told.recipe or {}).get("step", []):
        said = {**step.get("params", {}), **({"mask": step["mask"]} if step.get("mask") else {})}
        words = ", ".join(f"{name} {_short(value)}" for name, value in said.items() if name != "digest")
        yield f"{step.get('effect', '')}{': ' if words else ''}{words}"


def _short(value: object) -> str:
    text = str(value)
    # A path says where a file lies on somebody's machine; its name is enough.
    text = Path(text).name if "/" in text or "\\" in text else text
    return text if len(text) <= 80 else f"{text[:77]}…"


def _facts(told: Manifest) -> Iterator[tuple[str, str]]:
    for used in told.weights:
        yield used.name, f"{used.licence}; {used.source}"
    for used_file in told.inputs:
        yield used_file.role, f"{Path(used_file.path).name}, sha256 {used_file.sha256[:16]}…"
    run = told.run
    if run is not None:
        yield "time", f"{run.seconds:.1f} s, {run.cpu_seconds:.1f} s of processors"
        if run.currency:
            yield "cost", f"{run.cost:.3g} {run.currency}; price {run.price:.3g} {run.currency}"
    yield from (("notice", notice) for notice in told.notices)


def _link(name: str) -> str:
    return _safe(quote(name))


def _safe(text: str) -> str:
    return html.escape(text, quote=True)
