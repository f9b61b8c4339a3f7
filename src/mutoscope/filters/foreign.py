"""Foreign models: fast-neural-style networks in ONNX that somebody else has trained, checked before they are used."""

from pathlib import Path
from typing import Any, Literal

import onnx
import torch

from mutoscope.core.errors import WeightsError
from mutoscope.filters.card import Card, StyleSource, printable
from mutoscope.filters.runtime import play_foreign
from mutoscope.storage.hashing import hash_file

__all__ = ["PixelRange", "check_foreign"]

PixelRange = Literal["0..1", "0..255"]

_MAX_BYTES = 200_000_000
_STANDARD = ("", "ai.onnx")
_TRIED_PX = ((96, 128), (121, 203))


def check_foreign(path: Path, name: str, pixel_range: PixelRange) -> Card:
    """Look at a foreign model, play it once, and write its card.

    Args:
        path: of the model.
        name: that it gets here.
        pixel_range: what it takes and gives.

    Raises:
        WeightsError: it is not an ONNX model, has operators that are not ONNX's own, reads files beside it, takes or
            gives something else than one frame, or cannot be played.

    """
    model = _read(path)
    inner = [node for function in model.functions for node in function.node]
    domains = {node.domain for node in [*_nodes(model.graph), *inner]} | {f.domain for f in model.functions}
    strange = sorted(domains - set(_STANDARD))
    if strange:
        raise WeightsError(f"{path} has operators of {strange[0]!r}, not of ONNX itself; export it with standard ones.")
    if any(tensor.data_location == onnx.TensorProto.EXTERNAL for tensor in _tensors(model)):
        raise WeightsError(f"{path} keeps its numbers in other files; save it as one file.")
    own = {tensor.name for tensor in model.graph.initializer}
    inputs = [value for value in model.graph.input if value.name not in own]
    if len(inputs) != 1 or len(model.graph.output) < 1:
        raise WeightsError(f"{path} takes {len(inputs)} inputs; expected one, a frame.")
    _check_frame(path, "takes", inputs[0])
    _check_frame(path, "gives", model.graph.output[0])
    _try_out(path, pixel_range)
    source = StyleSource(title=printable(path.stem), source=printable(path.name), sha256=hash_file(path))
    return Card(name=name, kind="onnx", pixel_range=pixel_range, style=source)


def _read(path: Path) -> onnx.ModelProto:
    if not path.is_file():
        raise WeightsError(f"{path} does not exist; give the path of an .onnx file.")
    if path.stat().st_size > _MAX_BYTES:
        raise WeightsError(f"{path} has more than {_MAX_BYTES / 1e6:.0f} MB; that is no fast filter.")
    try:
        model = onnx.load_model_from_string(path.read_bytes())
        onnx.checker.check_model(model)
    except Exception as error:  # noqa: BLE001 # protobuf and the checker each have kinds of their own
        reason = " ".join(str(error).split())[:160]
        raise WeightsError(f"{path} is not an ONNX model ({reason}); export it again.") from None
    return model


def _nodes(graph: onnx.GraphProto) -> list[Any]:
    found = []
    for node in graph.node:
        found.append(node)
        for attribute in node.attribute:
            for inner in (attribute.g, *attribute.graphs):
                found += _nodes(inner)
    return found


def _tensors(model: onnx.ModelProto) -> list[onnx.TensorProto]:
    found = list(model.graph.initializer)
    for node in _nodes(model.graph):
        for attribute in node.attribute:
            found += [attribute.t, *attribute.tensors]
            for inner in (attribute.g, *attribute.graphs):
                found += inner.initializer
    return found


def _check_frame(path: Path, verb: str, value: onnx.ValueInfoProto) -> None:
    kind = value.type.tensor_type
    if kind.elem_type != onnx.TensorProto.FLOAT:
        raise WeightsError(f"{path} {verb} no 32-bit floats; export it with float inputs and outputs.")
    sides = [dim.dim_value or None for dim in kind.shape.dim]
    if verb == "gives" and not sides:
        return  # its shape is not told; playing it will
    if len(sides) != 4 or sides[1] not in (3, None):
        shape = "x".join(str(side or "?") for side in sides)
        raise WeightsError(f"{path} {verb} {shape}; expected 1x3xHxW: one frame, colours first.")


def _try_out(path: Path, pixel_range: str) -> None:
    run = play_foreign(path, pixel_range, 1, raw=True)
    other = "0..1" if pixel_range == "0..255" else "0..255"
    for height, width in _TRIED_PX:
        frame = torch.linspace(0, 1, height * width * 3).view(1, 3, height, width)
        painted = run(frame)
        if painted.ndim != 4 or painted.shape[:2] != frame.shape[:2]:
            raise WeightsError(f"{path} gives {tuple(painted.shape)} for a frame of {tuple(frame.shape)}.")
        if not bool(torch.isfinite(painted).all()):
            raise WeightsError(f"{path} gives numbers that are not finite; export it again.")
        if float(painted.std()) < 1e-3:
            raise WeightsError(f"{path} paints one plain colour with pixels {pixel_range}; try --range {other}.")
        # Both ranges are in units of 1 here. Networks leave their range a little, not by so much.
        if not 0.02 < float(painted.abs().max()) < 8:
            raise WeightsError(f"{path} does not paint in pixels {pixel_range}; try --range {other}.")
