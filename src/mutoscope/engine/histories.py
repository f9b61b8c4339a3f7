"""What `sign`, `verify`, `history` and `run --from` do: files are found here, histories are read in `provenance`."""

import contextlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import mutoscope
from mutoscope.core.errors import InputError, MutoscopeError, ParameterError
from mutoscope.engine.sign import record_of
from mutoscope.filters.shelf import find, own_folder
from mutoscope.provenance.actions import ENHANCED
from mutoscope.provenance.certificate import NO_NAME, load_identity
from mutoscope.provenance.history import Generation, history_of, unsigned_sha256
from mutoscope.provenance.issue import init_certificate
from mutoscope.provenance.record import History
from mutoscope.provenance.sign import SignedBy, sign_file
from mutoscope.provenance.verify import Verdict, verify_file
from mutoscope.provenance.words import about_generation
from mutoscope.recipes.manifest import Manifest, manifest_path, read_manifest
from mutoscope.recipes.paths import move_paths
from mutoscope.recipes.recipe import Recipe
from mutoscope.storage.hashing import hash_file
from mutoscope.video.info import is_picture_name, is_sequence_name
from mutoscope.video.sequence import numbered

__all__ = ["history_lines", "init_signing", "recipe_from_film", "result_digest", "sign_by_hand", "verify"]


def init_signing(name: str = "") -> list[str]:
    """Make a local certificate; say what it is good for, and what not, one line each.

    Raises:
        MutoscopeError: there is one already, or it cannot be kept.

    """
    path = init_certificate(name=name)
    identity = load_identity(path, path.with_name("key.pem"), is_local=True)
    who = f"an {NO_NAME} (give your name with --name)" if identity.name == NO_NAME else identity.name
    return [
        f"made a certificate for {who}; from now on results are signed with it.",
        "It was made here, without asking anybody, and is on no public trust list: this machine knows it, other "
        "programs and machines will call the signer unknown.",
        f"To be known elsewhere, put {path.with_name('anchor.pem')} into signing/anchors there; never give key.pem "
        "away.",
    ]


def verify(path: str | Path) -> Verdict:
    """Compare a file with its signed history.

    Raises:
        InputError: there is no such file.

    """
    return verify_file(Path(path))


def history_lines(path: str | Path) -> list[str]:
    """Tell all generations of a file, parents first, and its recipe, as lines for a person.

    Raises:
        InputError: there is no such file.

    """
    found = history_of(Path(path))
    lines: list[str] = []
    for number, generation in enumerate(found, 1):
        first, *rest = about_generation(generation)
        lines += [f"{number}. {first}", *(f"   {line}" for line in rest)]
    with contextlib.suppress(ValueError, RecursionError):  # somebody may have signed anything
        recipe = json.loads(_recipe_text(found[-1]))
        lines += ["recipe:", *(f"   {line}" for line in json.dumps(recipe, indent=1).splitlines())]
    return lines


def sign_by_hand(path: str | Path, parents: Sequence[str | Path] = ()) -> SignedBy:
    """Sign a file after it was made: what a manifest beside it tells goes into the history.

    Args:
        path: a file; a pattern (frame_%05d.png) or folder of pictures.
        parents: files that it was made from, the main one first; without them, those of the manifest.

    Raises:
        MutoscopeError: there is no certificate, or a file cannot be read or written.

    """
    path = Path(path)
    pictures: list[Path] = []
    if is_sequence_name(path):
        pictures = [one for _, one in numbered(path)]
    elif path.is_dir():
        pictures = sorted(one for one in path.iterdir() if is_picture_name(one))
    if not pictures and (path.is_dir() or is_sequence_name(path)):
        raise InputError(f"{path} holds no picture; give a file, a folder of pictures or a pattern.")
    told = _manifest_of(path)
    if told is not None:
        here = [Path(used.path) for used in told.inputs if used.role == "source" and Path(used.path).is_file()]
        return sign_file(path, record_of(told), [Path(one) for one in parents] or here)
    # Something was done to the parents, if there are any; what, only the person knows.
    record = History(version=mutoscope.__version__, source_type=ENHANCED if parents else "")
    return sign_file(path, record, [Path(one) for one in parents], pictures=pictures)


def _manifest_of(path: Path) -> Manifest | None:
    """Read the manifest beside a film, where it tells of these very bytes."""
    if not path.is_file() or not manifest_path(path).is_file():
        return None
    with contextlib.suppress(MutoscopeError):
        told = read_manifest(manifest_path(path))
        if told.result is not None and told.result.sha256 == hash_file(path):
            return told
    return None


def result_digest(path: Path) -> str:
    """Digest a result as manifests and replay know it: a signed file by what it was before it was signed.

    A signature holds the time and random numbers, so the bytes of signed files differ from run to run; what was signed
    does not. Where the signature does not fit the file, or its signer is not known here, its own bytes count.

    Raises:
        InputError: it cannot be read.

    """
    return unsigned_sha256(path) or hash_file(path)


def recipe_from_film(film: str | Path, given: Sequence[str | Path] = ()) -> Recipe:
    """Take the recipe out of a film's signed history, for other footage.

    Files that it names are found, by name and digest, among those given, beside the film, in the working folder and on
    the shelf of filters.

    Args:
        film: a file with a signed history.
        given: style pictures, masks, models that lie elsewhere.

    Raises:
        InputError: the film has no history with a recipe, or it is altered.
        ParameterError: a file is missing; the message names it and its digest.

    """
    film = Path(film)
    last = history_of(film)[-1]
    if last.state in ("altered", "forged"):
        raise InputError(f"{film} is not what was signed ({last.reason}); its recipe cannot be believed.")
    if last.state == "unsigned":
        raise InputError(f"{film} has no signed history; give a film that Mutoscope made and signed, or a recipe.")
    text = _recipe_text(last)
    if not text or last.record is None:
        raise InputError(f"the history of {film} has no recipe; it was signed by hand, or made without one.")
    places = _places(film, last.record, [Path(one) for one in given])
    try:
        plain = json.loads(text)
        if not isinstance(plain, dict):
            raise TypeError
        moved = move_paths(plain, lambda name: places.get(name, name))
        return Recipe.from_plain(moved, Path.cwd(), f"the recipe in {film.name}")
    except (ValueError, TypeError, RecursionError):
        raise InputError(f"the recipe in the history of {film} cannot be read; give the recipe itself.") from None


def _recipe_text(last: Generation) -> str:
    return last.record.recipe if last.record is not None and last.state not in ("altered", "forged") else ""


def _places(film: Path, record: History, given: Sequence[Path]) -> dict[str, str]:
    """Find the files of a recipe by name and digest."""
    rows = record.figures.get("files")
    found: dict[str, str] = {}
    for row in rows if isinstance(rows, list) else []:
        if not isinstance(row, Mapping):
            continue
        name, sha256, role = (str(row.get(key, "")) for key in ("name", "sha256", "role"))
        path = _find(name, sha256, role, film, given)
        if path is None:
            where = (
                f"put it into {own_folder()}"
                if " filter " in role
                else "give that file again, or lay it beside the film"
            )
            raise ParameterError(
                f"{film.name} was made with {name} ({role}, sha256 {sha256[:16]}…), which is not here; {where}."
            )
        found[name] = str(path.absolute())
    return found


def _find(name: str, sha256: str, role: str, film: Path, given: Sequence[Path]) -> Path | None:
    called = role.partition(" filter ")[2]
    if called:  # the recipe names it, not its file
        try:
            path = find(called).path
        except MutoscopeError:
            return None
        return path if hash_file(path) == sha256 else None
    # Only a plain name: what a stranger signed must not make us read elsewhere.
    beside = [folder / name for folder in (film.parent, Path.cwd())] if Path(name).name == name else []
    for path in (*given, *beside):
        if is_sequence_name(path) and path.name == name and numbered(path):
            return path  # its pictures are hashed when the run begins
        if path.is_file() and hash_file(path) == sha256:
            return path
    return None
