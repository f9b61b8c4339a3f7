"""Options that several verbs share; their help is the parameters' own text."""

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from mutoscope.core.errors import ParameterError
from mutoscope.effects.params import Params
from mutoscope.recipes.film_params import FilmParams
from mutoscope.recipes.step import Step
from mutoscope.stylize.params import OptimiseParams

__all__ = [
    "Bend",
    "Bits",
    "Cluster",
    "Codec",
    "Crf",
    "Device",
    "DreamSize",
    "Effort",
    "Feather",
    "InvertMask",
    "LatentsOf",
    "ManifestToo",
    "Mask",
    "MaxCost",
    "Model",
    "OwnSize",
    "Prices",
    "Quiet",
    "Seed",
    "Set",
    "Size",
    "Strength",
    "Work",
    "Workers",
    "given",
    "help_of",
    "parse_film_set",
    "parse_job",
    "parse_set",
]


def help_of(params: type[Params], field: str) -> str:
    """Give the docstring of a field, so that nothing is written twice."""
    return params.model_fields[field].description or ""


Size = Annotated[int | None, typer.Option("--size", metavar="PX", help=help_of(FilmParams, "size"))]
OwnSize = Annotated[
    int | None,
    typer.Option("--size", metavar="PX", help="Long side of the result in px. Without it the source keeps its own."),
]
Codec = Annotated[str | None, typer.Option("--codec", metavar="NAME", help=help_of(FilmParams, "codec"))]
Crf = Annotated[int | None, typer.Option("--crf", metavar="N", help=help_of(FilmParams, "crf"))]
Bits = Annotated[int | None, typer.Option("--bit-depth", metavar="8|10", help=help_of(FilmParams, "bit_depth"))]
Effort = Annotated[
    str | None, typer.Option("--effort", metavar="normal|fast|draft", help=help_of(FilmParams, "effort"))
]
Seed = Annotated[int | None, typer.Option("--seed", metavar="N", help=help_of(FilmParams, "seed"))]
Device = Annotated[str | None, typer.Option("--device", metavar="NAME", help=help_of(FilmParams, "device"))]
Workers = Annotated[
    int, typer.Option("--workers", metavar="N", help="Processes on this machine; without it, this process alone.")
]
Cluster = Annotated[
    str | None,
    typer.Option("--cluster", metavar="ADDRESS", help="A running dask scheduler, like tcp://host:8786, instead."),
]
Work = Annotated[
    Path | None,
    typer.Option(
        "--work", metavar="FOLDER", help="Where finished pieces are kept; a cluster's machines must all see it."
    ),
]
Strength = Annotated[str | None, typer.Option("--strength", metavar="0..1", help=help_of(OptimiseParams, "strength"))]
Mask = Annotated[
    str | None,
    typer.Option(
        "--mask",
        metavar="MASK",
        help="Done where white, untouched where black: a picture or film, subject, background, attention, "
        "attention:dog, box:X,Y,WIDTH,HEIGHT in shares of the frame, or drawn.png@2s.",
    ),
]
Model = Annotated[
    Path, typer.Option("--model", "-m", metavar="FILE", help="Model of a film, made by 'mutoscope train autoencoder'.")
]
Bend = Annotated[
    list[str] | None,
    typer.Option(
        "--bend",
        metavar="BEND",
        help="Bend the network: LAYER:TRANSFORM:AMOUNT like decoder.2:rotate:0..90, from the film's beginning to its "
        "end; decoder.2[0.5] takes half of the layer's features. As often as you like.",
    ),
]
LatentsOf = Annotated[
    Path | None,
    typer.Option(
        "--latents",
        metavar="FILE",
        help="Numbers that 'mutoscope latents' wrote, of this film or another; those in the model without it.",
    ),
]
DreamSize = Annotated[
    int | None,
    typer.Option(
        "--size", metavar="PX", help="Long side of the result in px. Without it four times what the network sees."
    ),
]
Feather = Annotated[float | None, typer.Option("--feather", metavar="PX", help=help_of(Step, "feather"))]
InvertMask = Annotated[bool, typer.Option("--invert-mask", help=help_of(Step, "invert_mask"))]
Prices = Annotated[
    Path | None,
    typer.Option("--prices", metavar="FILE", help="A price book of your own, TOML; the package's without it."),
]
MaxCost = Annotated[
    float | None,
    typer.Option(
        "--max-cost",
        metavar="MONEY",
        help="Stop before the run costs more, by the price book; what is done is kept, a higher limit goes on.",
    ),
]
ManifestToo = Annotated[bool, typer.Option("--manifest", help="Write beside the result what was done.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "-o",
        metavar="NAME=VALUE",
        help="Set any other parameter, as often as you like; see 'mutoscope effects show'. "
        "Numbers may be keyframed, -o 'beta=0s:2, 4s:8 ease', or follow the sound, -o 'strength=bass:0..1'.",
    ),
]


def parse_set(pairs: list[str] | None, *known: type[Params], apart: tuple[str, ...] = ()) -> dict[str, str]:
    """Turn ["iterations=60", …] into a mapping.

    Args:
        pairs: as they were typed.
        *known: whose fields may be set; whatever else it is, it is no parameter.
        apart: fields that are not set in this way.

    Raises:
        ParameterError: a pair has no equals sign, a name comes twice, or is no parameter.

    """
    fields = {field for params in known for field in params.model_fields} - set(apart)
    values: dict[str, str] = {}
    for pair in pairs or []:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise ParameterError(f"-o {pair!r} was not understood; write -o name=value, e.g. -o iterations=60.")
        if known and name not in fields:
            near = difflib.get_close_matches(name, fields, n=1)
            hint = f"did you mean {near[0]!r}?" if near else "'mutoscope effects show' lists them."
            raise ParameterError(f"there is no parameter {name!r} to be set with -o; {hint}")
        if name in values:
            raise ParameterError(f"-o {name} is given twice; give it once.")
        values[name] = value
    return values


def parse_job(pairs: list[str] | None, *effects: type[Params], apart: tuple[str, ...]) -> dict[str, str]:
    """Turn what -o says of a job into a mapping: fields of the effect and of the film, and of the mask's edge.

    Args:
        pairs: as they were typed.
        *effects: whose parameters may be set.
        apart: fields that are not set in this way.

    Raises:
        ParameterError: as `parse_set`.

    """
    theirs: tuple[type[Params], ...] = (FilmParams, *effects)
    others = {field for params in theirs for field in params.model_fields}
    of_step = set(Step.model_fields) - {"feather", "invert_mask"} - others
    return parse_set(pairs, *effects, FilmParams, Step, apart=(*apart, *of_step))


def parse_film_set(pairs: list[str] | None, params: type[Params]) -> dict[str, str]:
    """Turn what -o says into a mapping, for verbs that make a film in one piece: their own fields and the film's.

    Raises:
        ParameterError: as `parse_set`.

    """
    return parse_set(pairs, params, FilmParams, apart=("piece_frames", "bends"))


def given(options: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what the person did not say, so that defaults and presets hold."""
    return {name: value for name, value in options.items() if value is not None}
