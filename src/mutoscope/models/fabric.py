"""Device, precision and number of processes of training. Lightning Fabric lives here."""

import logging
from typing import Literal

from lightning_fabric import Fabric

from mutoscope.core.machine import cpu_features

__all__ = ["Device", "Fabric", "make_fabric"]

Device = Literal["cpu", "cuda"]


def make_fabric(device: Device, num_devices: int = 1) -> Fabric:
    """Choose the arithmetic: bfloat16 where the device computes it faster, else float32.

    Args:
        device: where it is trained.
        num_devices: processes that learn together, each with a device of its own; `Fabric.launch` starts them.

    """
    # It tells its precision on every start.
    logging.getLogger("lightning_fabric").setLevel(logging.WARNING)
    has_fast_bfloat16 = device == "cuda" or bool({"avx512_bf16", "amx_bf16"} & set(cpu_features()))
    return Fabric(
        accelerator=device,
        devices=num_devices,
        strategy="ddp_spawn" if num_devices > 1 else "auto",
        precision="bf16-mixed" if has_fast_bfloat16 else "32-true",
    )
