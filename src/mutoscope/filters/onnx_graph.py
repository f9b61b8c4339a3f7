"""A filter as an ONNX model that any runtime can play. onnx lives here."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor

from mutoscope.filters.files import Filter
from mutoscope.filters.network import BLOCK_PX, FilterNetwork
from mutoscope.storage.atomic import atomic_path

__all__ = ["build_model", "save_model"]

_OPSET = 17
_IR_VERSION = 8
_Array = npt.NDArray[np.float32] | npt.NDArray[np.int64]


def save_model(filter_: Filter, path: Path) -> None:
    """Write a filter as an ONNX file.

    Raises:
        OutputError: the place cannot be written.

    """
    model = build_model(filter_)
    onnx.checker.check_model(model)
    with atomic_path(path) as temp:
        temp.write_bytes(model.SerializeToString())


def build_model(filter_: Filter) -> onnx.ModelProto:
    """Make the model: input "frames" n,3,h,w of any size, 0..1 RGB; output "painted", the same."""
    graph = _Graph()
    _add_network(graph, filter_.network, filter_.style)
    frames = helper.make_tensor_value_info("frames", TensorProto.FLOAT, ["n", 3, "h", "w"])
    painted = helper.make_tensor_value_info("painted", TensorProto.FLOAT, ["n", 3, "h", "w"])
    made = helper.make_graph(graph.nodes, filter_.card.name, [frames], [painted], graph.constants)
    model = helper.make_model(
        made, opset_imports=[helper.make_opsetid("", _OPSET)], producer_name="mutoscope", ir_version=_IR_VERSION
    )
    helper.set_model_props(model, {"card": filter_.card.model_dump_json()})
    return model


class _Graph:
    """Nodes in order, each with one output."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, value: _Array) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(value, name))
        return name

    def add(self, kind: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        name = output or f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name


def _add_network(graph: _Graph, network: FilterNetwork, style: Mapping[str, Tensor]) -> None:
    gains = torch.split(style["norm.gain"], network.norm_sizes)
    offsets = torch.split(style["norm.offset"], network.norm_sizes)
    norms = iter(zip(gains, offsets, strict=True))

    def norm(x: str) -> str:
        gain, offset = next(norms)
        return graph.add(
            "InstanceNormalization", x, graph.constant(_array(gain)), graph.constant(_array(offset)), epsilon=1e-5
        )

    def conv(x: str, weight: Tensor, bias: Tensor | None) -> str:
        padded = graph.add("Pad", x, graph.constant(np.array([0, 0, 1, 1, 0, 0, 1, 1])), mode="edge")
        rest = [] if bias is None else [graph.constant(_array(bias))]
        return graph.add("Conv", padded, graph.constant(_array(weight)), *rest, kernel_shape=[3, 3])

    x, size = _folded(graph)
    x = graph.add("Sub", x, graph.constant(np.array(0.5, np.float32)))
    x = graph.add("SpaceToDepth", x, blocksize=BLOCK_PX)
    stem = _blocks_first(network.stem.weight)
    h = graph.add("Relu", norm(conv(x, stem, network.stem.bias)))
    for first, second in network.pairs:
        inner = graph.add("Relu", norm(conv(h, first.weight, first.bias)))
        h = graph.add("Add", h, norm(conv(inner, second.weight, second.bias)))
    h = graph.add("Relu", norm(conv(h, network.widen.weight, network.widen.bias)))
    h = graph.add("DepthToSpace", h, blocksize=2, mode="CRD")
    h = conv(h, style["out.weight"], style["out.bias"])
    h = graph.add("DepthToSpace", h, blocksize=2, mode="CRD")
    h = graph.add("Sigmoid", h)
    start = graph.constant(np.array([0, 0]))
    graph.add("Slice", h, start, size, graph.constant(np.array([2, 3])), output="painted")


def _folded(graph: _Graph) -> tuple[str, str]:
    """Replicate the right and the lower edge to a multiple of 4; give the frame and the size that it had."""
    shape = graph.add("Shape", "frames")
    size = graph.add("Slice", shape, *(graph.constant(np.array([n])) for n in (2, 4)))
    block = graph.constant(np.array([BLOCK_PX, BLOCK_PX]))
    lack = graph.add("Mod", graph.add("Sub", block, graph.add("Mod", size, block)), block)
    pads = graph.add("Concat", graph.constant(np.array([0] * 6)), lack, axis=0)
    return graph.add("Pad", "frames", pads, mode="edge"), size


def _blocks_first(weight_OIHW: Tensor) -> Tensor:
    """Put the channels of the stem in the order of SpaceToDepth: place in the block first, then colour."""
    o, _, h, w = weight_OIHW.shape
    by_colour = weight_OIHW.reshape(o, 3, BLOCK_PX**2, h, w)
    return by_colour.transpose(1, 2).reshape(weight_OIHW.shape)


def _array(value: Tensor) -> npt.NDArray[np.float32]:
    return np.ascontiguousarray(value.detach().float().cpu().numpy())
