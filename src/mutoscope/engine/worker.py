"""A worker of a cluster: connects to a scheduler, does what it is told, and waits for it when it goes away."""

import asyncio
import os
from collections.abc import Callable

import dask
from distributed import Nanny, rpc
from distributed.core import connect

from mutoscope.core.errors import ParameterError
from mutoscope.engine.cluster import CONFIG, quieten
from mutoscope.engine.device import choose_device

__all__ = ["work_for"]

_CONNECT_S = 10.0
_PAUSE_S = 1.0


def work_for(address: str, num_workers: int = 1, say: Callable[[str], None] = lambda _text: None) -> None:
    """Work for a scheduler till the process is stopped.

    Args:
        address: of a dask scheduler, such as tcp://host:8786.
        num_workers: processes; a film's pieces are spread over them.
        say: takes what a person should know.

    Raises:
        ParameterError: there is no dask scheduler at the address, or the number makes no sense.

    """
    most = 4 * (os.cpu_count() or 1)
    if not 1 <= num_workers <= most:
        raise ParameterError(f"workers={num_workers} is not allowed; expected 1 to {most} on this machine.")
    quieten()
    os.environ.setdefault("DASK_LOGGING__DISTRIBUTED", "critical")  # for the processes that are started from here
    with dask.config.set(CONFIG):
        asyncio.run(_work(address, num_workers, say))


async def _work(address: str, num_workers: int, say: Callable[[str], None]) -> None:
    if not await _is_scheduler(address):
        raise ParameterError(
            f"there is no dask scheduler at {address}; start one with 'dask scheduler' and give its address, such as "
            "tcp://host:8786."
        )
    resources = {"GPU": 1.0} if choose_device("auto") == "cuda" else {}
    say(f"working for {address} with {num_workers} process(es){', on the GPU' if resources else ''}; Ctrl-C ends it.")
    await asyncio.gather(*(_serve(address, resources, say) for _ in range(num_workers)))


async def _serve(address: str, resources: dict[str, float], say: Callable[[str], None]) -> None:
    """Keep one worker process alive: a process that dies is started again, one that lost its scheduler too."""
    while True:
        try:
            async with Nanny(
                address,
                nthreads=1,
                resources=resources,
                memory_limit=None,
                dashboard=False,
                death_timeout=_CONNECT_S,
                preload=["mutoscope.engine.worker_side"],
            ) as nanny:
                await nanny.finished()
        except (OSError, TimeoutError, RuntimeError, ValueError):
            pass  # it cannot be reached now; below we wait for it
        say(f"the scheduler at {address} is away; waiting for it.")
        while not await _is_scheduler(address, patience_s=5.0):
            await asyncio.sleep(_PAUSE_S)
        say(f"working for {address} again.")


async def _is_scheduler(address: str, patience_s: float = _CONNECT_S) -> bool:
    """Ask whoever is at an address whether he is a scheduler."""
    try:
        comm = await asyncio.wait_for(connect(address, timeout=patience_s), patience_s + 1)
        await comm.close()
        async with rpc(address, timeout=patience_s) as scheduler:
            answer = await asyncio.wait_for(scheduler.identity(n_workers=0), patience_s)
        return bool(answer.get("type") == "Scheduler")
    except Exception:  # noqa: BLE001 # a stranger's port may answer anything
        return False
