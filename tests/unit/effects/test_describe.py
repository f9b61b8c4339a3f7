"""Rows for lists, the reference and forms, read from the schema."""

import subprocess
import sys
from typing import Annotated, Literal

from pydantic import Field

from mutoscope.effects.describe import describe
from mutoscope.effects.identity_params import IdentityParams
from mutoscope.effects.params import Params


class Sample(Params):
    amount: Annotated[float, Field(ge=0, le=1)] = 0.5
    """How much."""
    rounds: Annotated[int, Field(gt=0, lt=9, json_schema_extra={"keyframes": False})] = 2
    """Fixed for a run."""
    limit: Annotated[int, Field(ge=0)] | None = None
    """Upper limit."""
    name: str
    """Its name."""
    loud: bool = False
    """Whether it is loud."""
    shape: Literal["box", "dot"] = "box"
    """Its shape."""
    only: Literal["one"] = "one"
    """No choice."""


def test_every_row_says_type_bounds_default_meaning_and_keyframes():
    rows = [(r.name, r.type, r.bounds, r.default, r.meaning, r.keyframes) for r in describe(Sample)]

    assert rows == [
        ("amount", "number", "≥ 0, ≤ 1", "0.5", "How much.", True),
        ("rounds", "whole number", "> 0, < 9", "2", "Fixed for a run.", False),
        ("limit", "whole number or none", "≥ 0", "none", "Upper limit.", True),
        ("name", "text", "", "required", "Its name.", False),
        ("loud", "yes/no", "", "no", "Whether it is loud.", False),
        ("shape", "box|dot", "", "box", "Its shape.", False),
        ("only", "one", "", "one", "No choice.", False),
    ]


def test_no_parameters_are_no_rows():
    assert describe(IdentityParams) == []


def test_describing_loads_no_torch():
    code = (
        "import sys; from mutoscope.effects import registry; from mutoscope.effects.describe import describe;"
        "[describe(e.load_params()) for e in registry.BUILT_IN]; print('torch' in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"
