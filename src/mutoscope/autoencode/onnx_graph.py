"""Encoder and decoder as ONNX models that any runtime can play. onnx lives here.

The networks are traced and each step is written down; a step that has no word here is refused, never left out.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import torch
import torch.nn.functional as nnf
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, fx, nn

from mutoscope.autoencode.files import FilmModel
from mutoscope.core.errors import WeightsError
from mutoscope.storage.atomic import atomic_path
from mutoscope.storage.folders import make_folder

__all__ = ["decoder_graph", "encoder_graph", "export_onnx"]

_OPSET = 18
_IR_VERSION = 8
_LARGEST_BYTES = 2**31 - 1
"""An ONNX file is one message, and a message holds no more."""

_Array = npt.NDArray[np.float32] | npt.NDArray[np.int64]


def export_onnx(model: FilmModel, folder: Path) -> tuple[Path, Path]:
    """Write `encoder.onnx` and `decoder.onnx` into a folder.

    Raises:
        OutputError: the place cannot be written.
        WeightsError: the model has a layer that has no word in ONNX, or is too large for one file.

    """
    make_folder(folder)
    paths = folder / "encoder.onnx", folder / "decoder.onnx"
    for path, made in zip(paths, (encoder_graph(model), decoder_graph(model)), strict=True):
        if made.ByteSize() > _LARGEST_BYTES:
            raise WeightsError(f"{path} would have more than 2 GB, which ONNX files cannot; train a smaller model.")
        onnx.checker.check_model(made)
        with atomic_path(path) as temp:
            temp.write_bytes(made.SerializeToString())
    return paths


def encoder_graph(model: FilmModel) -> onnx.ModelProto:
    """Make the encoder: input "frames" n,3,H,W of the model's size, 0..1; outputs "mean" and "log_variance", n,L."""
    profile = model.card.profile
    frames, row = ["n", 3, profile.height, profile.width], ["n", profile.latent]
    return _model(model, model.encoder, ("frames", frames), {"mean": row, "log_variance": row})


def decoder_graph(model: FilmModel) -> onnx.ModelProto:
    """Make the decoder: input "latents" n,L; output "frames" n,3,H,W of the model's size, 0..1."""
    profile = model.card.profile
    frames = ["n", 3, profile.height, profile.width]
    return _model(model, model.decoder, ("latents", ["n", profile.latent]), {"frames": frames})


def _model(
    model: FilmModel, network: nn.Module, given: tuple[str, list[Any]], wanted: Mapping[str, list[Any]]
) -> onnx.ModelProto:
    graph = _Graph(fx.symbolic_trace(_OfOne(network)))
    graph.add_all(given[0], list(wanted))
    made = helper.make_graph(
        graph.nodes,
        model.card.profile.name,
        [helper.make_tensor_value_info(given[0], TensorProto.FLOAT, given[1])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in wanted.items()],
        graph.constants,
    )
    proto = helper.make_model(
        made, opset_imports=[helper.make_opsetid("", _OPSET)], producer_name="mutoscope", ir_version=_IR_VERSION
    )
    helper.set_model_props(proto, {"card": model.card.model_dump_json()})
    return proto


class _OfOne(nn.Module):
    """A network of one argument, the others being what they are by default."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor) -> Any:
        return self.network(x)


class _Graph:
    """Nodes in order, and what each step of the traced network is called in them."""

    def __init__(self, traced: fx.GraphModule) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self._traced = traced
        self._names: dict[fx.Node, Any] = {}

    def constant(self, value: _Array) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(value, name))
        return name

    def weight(self, value: Tensor) -> str:
        return self.constant(np.ascontiguousarray(value.detach().float().cpu().numpy()))

    def whole(self, *numbers: int) -> str:
        return self.constant(np.array(numbers, np.int64))

    def number(self, value: Any) -> str:
        """Name an operand: a node's result as it is, a number as a constant."""
        return value if isinstance(value, str) else self.constant(np.array(value, np.float32))

    def add(self, kind: str, *inputs: str, num: int = 1, **attributes: Any) -> Any:
        names = [f"v{len(self.nodes)}_{i}" if num > 1 else f"v{len(self.nodes)}" for i in range(num)]
        self.nodes.append(helper.make_node(kind, list(inputs), names, **attributes))
        return names if num > 1 else names[0]

    def add_all(self, given: str, wanted: Sequence[str]) -> None:
        """Write down every step."""
        for node in self._traced.graph.nodes:
            if node.op == "placeholder":
                self._names[node] = given
            elif node.op == "output":
                results = node.args[0] if isinstance(node.args[0], (tuple, list)) else (node.args[0],)
                for result, name in zip(results, wanted, strict=True):
                    self.nodes.append(helper.make_node("Identity", [self._names[result]], [name]))
            else:
                self._names[node] = self._step(node)

    def _step(self, node: fx.Node) -> Any:
        args: Any = fx.map_arg(node.args, self._names.__getitem__)
        kwargs: Any = fx.map_arg(node.kwargs, self._names.__getitem__)
        if node.op == "call_module":
            module = self._traced.get_submodule(str(node.target))
            write, args = _MODULES.get(type(module)), (module, *args)
        elif node.op == "call_method":
            write = _METHODS.get(str(node.target))
        else:
            write = _FUNCTIONS.get(node.target)
        if write is None:  # what it would do is never left out
            raise WeightsError(f"the model's step {node.name!r} cannot be written as ONNX; use the model as it is.")
        return write(self, *args, **kwargs)


def _conv(graph: _Graph, layer: nn.Conv2d | nn.ConvTranspose2d, x: str) -> str:
    rows, columns = map(int, layer.padding)
    attributes: dict[str, Any] = {
        "kernel_shape": layer.kernel_size,
        "strides": layer.stride,
        "dilations": layer.dilation,
        "pads": [rows, columns, rows, columns],
        "group": layer.groups,
    }
    kind = "Conv"
    if isinstance(layer, nn.ConvTranspose2d):
        kind, attributes["output_padding"] = "ConvTranspose", layer.output_padding
    bias = [] if layer.bias is None else [graph.weight(layer.bias)]
    return str(graph.add(kind, x, graph.weight(layer.weight), *bias, **attributes))


def _linear(graph: _Graph, layer: nn.Linear, x: str) -> str:
    named = dict(layer.named_parameters())
    return str(
        graph.add("Gemm", x, *(graph.weight(named[name]) for name in ("weight", "bias") if name in named), transB=1)
    )


def _group_norm(graph: _Graph, layer: nn.GroupNorm, x: str) -> str:
    shape = graph.add("Shape", x)
    grouped = graph.add("Reshape", x, graph.whole(0, layer.num_groups, -1))
    ones, zeros = torch.ones(layer.num_groups), torch.zeros(layer.num_groups)
    normed = graph.add(
        "InstanceNormalization", grouped, graph.weight(ones), graph.weight(zeros), epsilon=float(layer.eps)
    )
    normed = graph.add("Reshape", normed, shape)
    gain = graph.add("Mul", normed, graph.weight(layer.weight.view(-1, 1, 1)))
    return str(graph.add("Add", gain, graph.weight(layer.bias.view(-1, 1, 1))))


def _silu(graph: _Graph, x: str, **_: Any) -> str:
    return str(graph.add("Mul", x, graph.add("Sigmoid", x)))


def _leaky(graph: _Graph, x: str, slope: float = 0.01, **said: Any) -> str:
    return str(graph.add("LeakyRelu", x, alpha=float(said.get("negative_slope", slope))))


def _pixel_shuffle(graph: _Graph, x: str, factor: int) -> str:
    return str(graph.add("DepthToSpace", x, blocksize=factor, mode="CRD"))


def _simple(kind: str) -> Callable[..., str]:
    return lambda graph, x, **_: str(graph.add(kind, x))


def _pair(kind: str) -> Callable[..., str]:
    return lambda graph, a, b: str(graph.add(kind, graph.number(a), graph.number(b)))


def _module(write: Callable[..., str]) -> Callable[..., str]:
    """Let a function's word serve for a module without numbers of its own."""
    return lambda graph, _, x: write(graph, x)


def _part(graph: _Graph, x: Any, which: Any) -> Any:
    if isinstance(x, (tuple, list)):
        return x[which]
    for axis, cut in enumerate(which):
        if cut != slice(None):
            if not isinstance(cut, slice) or cut.step is not None or cut.stop is None:
                raise WeightsError("the model takes a part of its features that cannot be written as ONNX.")
            x = graph.add("Slice", x, graph.whole(cut.start or 0), graph.whole(cut.stop), graph.whole(axis))
    return x


def _chunk(graph: _Graph, x: str, num: int, dim: int = 0) -> list[str]:
    return list(graph.add("Split", x, num=num, axis=dim, num_outputs=num))


def _clamp(graph: _Graph, x: str, low: float, high: float) -> str:
    return str(graph.add("Clip", x, graph.number(low), graph.number(high)))


def _unflatten(graph: _Graph, x: str, dim: int, sizes: Sequence[int]) -> str:
    return str(graph.add("Reshape", x, graph.whole(*[0] * dim, *sizes)))


_MODULES: Mapping[type[nn.Module], Callable[..., Any]] = {
    nn.Conv2d: _conv,
    nn.ConvTranspose2d: _conv,
    nn.Linear: _linear,
    nn.GroupNorm: _group_norm,
    nn.Identity: _module(lambda _, x: x),
    nn.LeakyReLU: lambda graph, layer, x: _leaky(graph, x, layer.negative_slope),
    nn.PixelShuffle: lambda graph, layer, x: _pixel_shuffle(graph, x, layer.upscale_factor),
    nn.ReLU: _module(_simple("Relu")),
    nn.SiLU: _module(_silu),
    nn.Sigmoid: _module(_simple("Sigmoid")),
    nn.Tanh: _module(_simple("Tanh")),
}

_FUNCTIONS: Mapping[Any, Callable[..., Any]] = {
    operator.add: _pair("Add"),
    operator.getitem: _part,
    operator.mul: _pair("Mul"),
    operator.sub: _pair("Sub"),
    operator.truediv: _pair("Div"),
    nnf.leaky_relu: _leaky,
    nnf.pixel_shuffle: _pixel_shuffle,
    nnf.relu: _simple("Relu"),
    nnf.silu: _silu,
    torch.relu: _simple("Relu"),
    torch.sigmoid: _simple("Sigmoid"),
    torch.tanh: _simple("Tanh"),
}

_METHODS: Mapping[str, Callable[..., Any]] = {
    "chunk": _chunk,
    "clamp": _clamp,
    "contiguous": lambda _, x: x,
    "flatten": lambda graph, x, dim: str(graph.add("Flatten", x, axis=dim)),
    "float": lambda _, x: x,
    "unflatten": _unflatten,
}
