"""Device and precision of training. Lightning Fabric lives here."""

import logging
from typing import Literal

from lightning_fabric import Fabric

from mutoscope.core.machine import cpu_features

__all__ = ["make_fabric"]


def make_fabric(device: Literal["cpu", "cuda"]) -> Fabric:
    """Choose the arithmetic: bfloat16 where the device computes it faster, else float32."""
    # It tells its precision on every start.
    logging.getLogger("lightning_fabric").setLevel(logging.WARNING)
    has_fast_bfloat16 = device == "cuda" or bool({"avx512_bf16", "amx_bf16"} & set(cpu_features()))
    return Fabric(accelerator=device, devices=1, precision="bf16-mixed" if has_fast_bfloat16 else "32-true")
