"""Keeps the house: what has expired is removed, minute by minute, beside everything else."""

import logging
import threading
import time
from collections.abc import Callable

from mutoscope.service.database.open import Database
from mutoscope.service.jobs import idempotency
from mutoscope.service.media.library import Library
from mutoscope.service.operations import retention
from mutoscope.service.settings import Settings

__all__ = ["Keeper"]

_log = logging.getLogger(__name__)

_EVERY_S = 60.0
_SWEEP_EVERY_S = 3600.0
_PATIENCE_S = 2.0


class Keeper:
    """Removes what nobody needs any more: a thread that never holds up the end of the server."""

    def __init__(self, settings: Settings, database: Database, library: Library) -> None:
        self._settings = settings
        self._database = database
        self._library = library
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None
        self._swept_at = -_SWEEP_EVERY_S

    def start(self) -> None:
        """Begin; the first round comes at once."""
        self._ending.clear()
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End; a round that takes long is left behind, what it does is whole at every moment."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join(timeout=_PATIENCE_S)

    def round(self) -> None:
        """Go round once: expired uploads, what is past its age, old keys; once an hour files that belong to nothing.

        A step that fails is logged; the others are taken nevertheless.
        """
        self._step("expired uploads and things past their age", self._take_away)
        self._step("old idempotency keys", lambda: idempotency.purge(self._database))
        if time.monotonic() - self._swept_at >= _SWEEP_EVERY_S:
            self._swept_at = time.monotonic()
            self._step("files that belong to nothing", self._sweep)

    def _run(self) -> None:
        while not self._ending.is_set():
            self.round()
            self._ending.wait(_EVERY_S)

    def _step(self, what: str, work: Callable[[], object]) -> None:
        if self._ending.is_set():
            return
        try:
            work()
        except Exception:  # noqa: BLE001 # the house must be kept tomorrow too, whatever went wrong today
            if not self._ending.is_set():  # else the database was closed under it
                _log.exception("%s could not be removed; the next round tries again", what)

    def _take_away(self) -> None:
        plan = retention.expired(self._database, self._settings)
        if plan.items:
            _tell("past its age", retention.apply(self._database, self._settings, plan))

    def _sweep(self) -> None:
        _tell("belonged to nothing", retention.sweep(self._database, self._settings))


def _tell(why: str, gone: retention.Plan) -> None:
    for item in gone.items:
        _log.info("removed %s %s, %s: %d bytes", item.kind, item.id, why, item.bytes)
