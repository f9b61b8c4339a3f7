"""Put the review page of a result where people look: a folder, a Dropbox, a bucket."""

import tempfile
from pathlib import Path

from mutoscope.core.errors import OutputError
from mutoscope.engine.review_page import PAGE, write_review
from mutoscope.storage.places import place_at
from mutoscope.storage.sending import begin, check_writable
from mutoscope.storage.uris import is_uri, join, parse_uri

__all__ = ["publish"]


def publish(result: str | Path, place: str | Path, source: Path | None = None) -> str:
    """Write the page of a result into a folder, or send it to a store; the page itself comes last.

    Args:
        result: film or picture that has a manifest beside it.
        place: a folder, or an address.
        source: what it was made from; what the manifest names without.

    Returns:
        where the page is.

    Raises:
        MutoscopeError: one line that says what was wrong and what to do.

    """
    result = Path(result)
    if not is_uri(place):
        return str(write_review(result, Path(place), source)[-1])
    folder = parse_uri(f"{str(place).removesuffix('/')}/")
    check_writable(place_at(str(folder)))
    with tempfile.TemporaryDirectory(prefix="mutoscope-") as temp:
        for path in write_review(result, Path(temp), source):
            try:
                begin(str(join(folder, path.name))).send(path)
            except OutputError as error:
                raise OutputError(f"{error} Nothing was lost: run the same command again.") from None
    return str(join(folder, PAGE))
