"""Where results go: as a person said, or under the source's own name in the folder that was said."""

from collections.abc import Sequence
from pathlib import Path

from mutoscope.core.errors import OutputError
from mutoscope.video.encoders import CONTAINERS
from mutoscope.video.info import is_picture_name, is_sequence_name

__all__ = ["place_of", "places"]


def places(sources: Sequence[Path], result: Path) -> list[tuple[Path, Path]]:
    """Say where the result of each source goes.

    Raises:
        OutputError: several sources and a result that is no folder, or two results of one name.

    """
    pairs = [(source, place_of(source, result, is_one=len(sources) == 1)) for source in sources]
    seen: dict[Path, Path] = {}
    for source, place in pairs:
        if place in seen:
            raise OutputError(
                f"{seen[place]} and {source} would both become {place}; give them different names or run them apart."
            )
        seen[place] = source
    return pairs


def place_of(source: Path, result: Path, *, is_one: bool) -> Path:
    """Give the name of a result; a folder is made where it is missing.

    Args:
        source: the film.
        result: name or folder, as it was said.
        is_one: whether no other film goes there.

    Raises:
        OutputError: the folder cannot be made, or several films shall become one.

    """
    is_name = is_sequence_name(result) or is_picture_name(result) or result.suffix.lower() in CONTAINERS
    if is_one and result.suffix and not result.is_dir():
        return result
    if result.exists() and not result.is_dir():
        raise OutputError(f"{result} is a file and several films are given; give a folder for the results.")
    if not is_one and is_name:
        raise OutputError(
            f"{result.name} is the name of one film and several are given; give a folder for the results."
        )
    try:
        result.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"the folder {result} cannot be made ({error.strerror}); choose another place.") from error
    if is_sequence_name(source) or is_picture_name(source):
        return result / source.name
    return result / (source.name if source.suffix.lower() in CONTAINERS else f"{source.stem}.mp4")
