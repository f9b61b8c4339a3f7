"""Several GPUs that learn one model: a process for each, whose gradients are averaged."""

import threading
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from torch.multiprocessing import get_context
from torch.multiprocessing.spawn import ProcessException

from mutoscope.autoencode.frame_store import FrameStore, Index, open_store
from mutoscope.autoencode.session import Session
from mutoscope.autoencode.train_params import TrainAutoencoderParams
from mutoscope.core.errors import MutoscopeError, WeightsError
from mutoscope.core.progress import Listener, Progress
from mutoscope.models.fabric import Device, Fabric, make_fabric

__all__ = ["learn_together"]


def learn_together(
    store: FrameStore, params: TrainAutoencoderParams, folder: Path, report: Listener, device: Device = "cuda"
) -> None:
    """Train in as many processes as there shall be devices; the first one keeps the checkpoint in the folder.

    Args:
        store: frames; each process opens them anew.
        params: how to train; each process has batches of its own.
        folder: for checkpoint, preview and curves.
        report: takes progress.
        device: what each process has one of.

    Raises:
        WeightsError: a process failed.

    """
    told: Any = get_context("spawn").SimpleQueue()
    failures: list[str] = []
    listening = threading.Thread(target=_listen, args=(told, report, failures), daemon=True)
    listening.start()
    # A store that is sent would be copied; one on disk is opened where it is needed.
    sent: FrameStore | tuple[Path, Index] = store if store.folder is None else (store.folder, store.row_N)
    try:
        make_fabric(device, params.devices).launch(partial(_learn, sent=sent, params=params, folder=folder, told=told))
    except (ProcessException, RuntimeError, OSError) as error:
        told.put(None)
        listening.join()
        why = failures[0] if failures else str(error).strip().splitlines()[-1]
        raise WeightsError(why if failures else f"training on {params.devices} GPUs failed: {why[:200]}") from None
    told.put(None)
    listening.join()


def _learn(
    fabric: Fabric, sent: FrameStore | tuple[Path, Index], params: TrainAutoencoderParams, folder: Path, told: Any
) -> None:
    store = sent if isinstance(sent, FrameStore) else open_store(sent[0]).subset(np.asarray(sent[1]))

    def report(progress: Progress) -> None:
        if fabric.global_rank == 0:
            told.put(progress)

    try:
        Session(store, params, folder, fabric, report).run()
    except MutoscopeError as error:
        told.put(str(error))
        raise


def _listen(told: Any, report: Listener, failures: list[str]) -> None:
    while (one := told.get()) is not None:
        if isinstance(one, Progress):
            report(one)
        else:
            failures.append(str(one))
