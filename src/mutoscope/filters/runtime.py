"""Networks played by torch, ONNX Runtime or OpenVINO."""

import copy
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from mutoscope.core.errors import ParameterError, WeightsError
from mutoscope.filters.files import Filter
from mutoscope.filters.network import fold_sides
from mutoscope.filters.runtime_table import Choice

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Runner", "make_runner", "play_foreign"]

Runner = Callable[[Tensor], Tensor]
"""Paints frames: N,3,H,W float32 0..1 to the same."""


def make_runner(filter_: Filter, choice: Choice, *, device: str = "cpu", threads: int = 1) -> Runner:
    """Make ready what plays a filter.

    Args:
        filter_: network and style, on the device.
        choice: runtime and precision.
        device: torch device; other runtimes play on the processor.
        threads: of the processor.

    Raises:
        ParameterError: the runtime cannot do what is asked.

    """
    if choice.runtime == "torch":
        return _torch_runner(filter_, choice, device)
    if device != "cpu":
        raise ParameterError(f"runtime {choice.runtime} plays on the processor only; use runtime=torch on {device}.")
    if choice.runtime == "onnxruntime":
        if choice.precision != "float32":
            raise ParameterError("onnxruntime computes in float32 only; use precision=float32, or runtime=openvino.")
        from mutoscope.filters.onnx_graph import build_model

        return _onnxruntime_runner(build_model(filter_).SerializeToString(), threads)
    return _openvino_runner(filter_, choice, threads)


def _torch_runner(filter_: Filter, choice: Choice, device: str) -> Runner:
    # A third faster than with colours apart, on processors and on graphics cards.
    network = copy.deepcopy(filter_.network)
    for parameter in network.parameters():
        if parameter.ndim == 4:
            parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)

    def run(x_NCHW: Tensor) -> Tensor:
        height, width = x_NCHW.shape[2:]
        with torch.inference_mode(), _arithmetic(choice, device):
            shown = fold_sides(x_NCHW.to(device)).contiguous(memory_format=torch.channels_last)
            painted: Tensor = network(shown, filter_.style).float().contiguous()
        return painted[:, :, :height, :width].cpu().clone()

    return run


def _arithmetic(choice: Choice, device: str) -> AbstractContextManager[object]:
    kind = torch.device(device).type
    return torch.autocast(kind, torch.bfloat16) if choice.precision == "bfloat16" else nullcontext()


def _onnxruntime_runner(model: bytes | str, threads: int) -> Runner:
    session = _session(model, threads)
    name = session.get_inputs()[0].name

    def run(x_NCHW: Tensor) -> Tensor:
        painted: npt.NDArray[np.float32] = session.run(None, {name: np.ascontiguousarray(x_NCHW.numpy())})[0]
        return torch.from_numpy(painted).clamp(0, 1)

    return run


def _session(model: bytes | str, threads: int) -> Any:
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.use_deterministic_compute = True
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _openvino_runner(filter_: Filter, choice: Choice, threads: int) -> Runner:
    import openvino

    from mutoscope.filters.onnx_graph import build_model

    core = openvino.Core()
    model = core.read_model(build_model(filter_).SerializeToString())
    settings = {
        "INFERENCE_PRECISION_HINT": {"float32": "f32", "bfloat16": "bf16"}[choice.precision],
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": 1,
        "ENABLE_CPU_PINNING": False,  # several workers share the processor
    }
    requests: dict[tuple[int, ...], Any] = {}
    one_at_a_time = threading.Lock()  # steps of a chain run in threads of their own, and a request has one output

    def run(x_NCHW: Tensor) -> Tensor:
        shape = tuple(x_NCHW.shape)
        with one_at_a_time:
            if shape not in requests:
                requests.clear()
                model.reshape(list(shape))
                requests[shape] = core.compile_model(model, "CPU", settings).create_infer_request()
            request = requests[shape]
            request.infer([np.ascontiguousarray(x_NCHW.numpy())], share_inputs=True)
            return torch.from_numpy(request.get_output_tensor(0).data.copy())

    return run


def play_foreign(path: Path, pixel_range: str, threads: int, *, raw: bool = False) -> Runner:
    """Make ready a foreign model that `filters import` has checked.

    Frames are scaled to its own size where that is fixed, and back.

    Args:
        path: of the model.
        pixel_range: "0..1" or "0..255", what it takes and gives.
        threads: of the processor.
        raw: give what it says as it is, for checking: not scaled, not held to 0..1.

    Raises:
        WeightsError: it cannot be played.

    """
    try:
        session = _session(str(path), threads)
    except Exception as error:  # noqa: BLE001 # the runtime has a kind of its own for each thing that can be wrong
        raise WeightsError(f"{path} cannot be played: {' '.join(str(error).split())[:200]}") from None
    spec = session.get_inputs()[0]
    fixed = [side if isinstance(side, int) else None for side in spec.shape[2:]]
    gain = 255.0 if pixel_range == "0..255" else 1.0

    def run(x_NCHW: Tensor) -> Tensor:
        from mutoscope.ops.resize import resize

        height, width = x_NCHW.shape[2:]
        shown = resize(x_NCHW, fixed[0] or height, fixed[1] or width) * gain
        try:
            painted = np.concatenate([session.run(None, {spec.name: frame[None].numpy()})[0] for frame in shown])
        except Exception as error:  # noqa: BLE001 # as above
            reason = " ".join(str(error).split())[:160]
            raise WeightsError(f"{path} cannot paint a frame of {width}x{height}: {reason}") from None
        result = torch.from_numpy(painted).float() / gain
        if raw:
            return result
        return resize(result.nan_to_num().clamp(0, 1), height, width)

    return run
