"""What a safetensors file says about itself, read without its tensors. Torch-free."""

import json
from pathlib import Path
from typing import Any

from mutoscope.core.errors import WeightsError

__all__ = ["read_metadata"]

_MAX_HEADER_BYTES = 1_000_000


def read_metadata(path: Path) -> dict[str, str]:
    """Read the texts in a file's header.

    Raises:
        WeightsError: it is missing, or not a whole safetensors file.

    """
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if not 2 <= length <= _MAX_HEADER_BYTES:
                raise ValueError("its header has an impossible length")
            header: dict[str, Any] = json.loads(file.read(length))
        ends = [spec["data_offsets"][1] for name, spec in header.items() if name != "__metadata__"]
        if path.stat().st_size != 8 + length + max(ends, default=0):
            raise ValueError("it is cut off")
        texts = header.get("__metadata__", {})
        if not isinstance(texts, dict):
            raise TypeError("its metadata is no table")
    except FileNotFoundError:
        raise WeightsError(f"{path} does not exist; give the path of a .safetensors file.") from None
    except OSError as error:
        raise WeightsError(f"{path} cannot be read ({error.strerror}); give a .safetensors file.") from None
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError) as error:
        detail = str(error) if "its" in str(error) or "cut off" in str(error) else "its header is no JSON"
        raise WeightsError(f"{path} is not a whole safetensors file: {detail}; get it again.") from None
    return {str(key): str(value) for key, value in texts.items()}
