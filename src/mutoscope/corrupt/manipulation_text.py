"""Which manipulations agents have, as a person writes it: "pixelate, invert:-0.1, random:-0.12/0.1". Torch-free.

Behind each name may stand the mean of the noise on its rewards, and behind a slash its sigma: the higher the mean, the
more often it is chosen.
"""

import difflib
import math
import re
from collections.abc import Mapping
from typing import Any

from mutoscope.core.errors import ParameterError
from mutoscope.corrupt.learning_params import Noise

__all__ = ["MANIPULATIONS", "default_manipulations", "parse_manipulations", "write_manipulations"]

MANIPULATIONS = ("pixelate", "invert", "random", "desaturate", "palette", "jpeg")

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?"
_ITEM = re.compile(rf"(?P<name>[\w-]+)(?:\s*:\s*(?P<mean>{_NUMBER})(?:\s*/\s*(?P<sigma>{_NUMBER}))?)?")
_LARGEST = 100.0

_LARGE, _MIDDLE = 1 / 14, 1 / 40


def default_manipulations(block_share: float) -> str:
    """Choose by the size of a block, as the seed found: large ones lose their colour, small ones their detail.

    Args:
        block_share: side of a block, as a share of the picture's short side.

    """
    if block_share >= _LARGE:
        return "desaturate"
    if block_share >= _MIDDLE:
        return "pixelate, desaturate:-0.08"
    return "pixelate, invert:-0.1, random:-0.12"


def parse_manipulations(text: str) -> dict[str, Noise]:
    """Read names with their noise.

    Raises:
        ParameterError: there is no such manipulation, one is named twice, or a number was not understood.

    """
    found: dict[str, Noise] = {}
    for part in text.split(","):
        item = _ITEM.fullmatch(part.strip())
        if item is None:
            raise ParameterError(
                f"manipulations {text!r}: {part.strip()!r} was not understood; write names with commas between them, "
                "each with the mean and the sigma of its noise where wished, like 'pixelate, invert:-0.1/0.1'."
            )
        name = item["name"]
        if name not in MANIPULATIONS:
            near = difflib.get_close_matches(name, MANIPULATIONS, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(MANIPULATIONS)}."
            raise ParameterError(f"there is no manipulation {name!r}; {hint}")
        if name in found:
            raise ParameterError(f"manipulations {text!r} name {name!r} twice; name it once.")
        noise = Noise()
        found[name] = Noise(float(item["mean"] or noise.mean), float(item["sigma"] or noise.sigma))
        if not (abs(found[name].mean) <= _LARGEST and 0 <= found[name].sigma <= _LARGEST):
            raise ParameterError(
                f"manipulations {text!r}: a mean lies within -100..100 and a sigma within 0..100; change {name!r}."
            )
    return found


def write_manipulations(value: Any) -> Any:
    """Turn a list of names, or a mapping from names to means or (mean, sigma), into text; leave the rest as it is."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name}{_written(noise)}" for name, noise in value.items())
    if isinstance(value, (list, tuple)) and all(isinstance(one, str) for one in value):
        return ", ".join(value)
    return value


def _written(noise: Any) -> str:
    if isinstance(noise, Mapping):
        noise = [noise.get("mean", Noise().mean), noise.get("sigma", Noise().sigma)]
    numbers = noise if isinstance(noise, (list, tuple)) else [noise]
    return ":" + "/".join(f"{number}" for number in numbers) if numbers and _are_numbers(numbers) else f":{noise!r}"


def _are_numbers(values: Any) -> bool:
    return all(isinstance(one, (int, float)) and not isinstance(one, bool) and math.isfinite(one) for one in values)
