"""placeholder"""

from pathlib import Path


def contact_sheet(source: Path, result: Path, out: Path, num_columns: int = 6) -> None: ...
