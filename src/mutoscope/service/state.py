"""The parts of a running service, made once and closed once."""

import logging
import time

from mutoscope.service.database.migrate import migrate
from mutoscope.service.database.open import Database, open_database
from mutoscope.service.jobs.bus import Bus
from mutoscope.service.jobs.dispatcher import Dispatcher
from mutoscope.service.jobs.webhooks import Sender
from mutoscope.service.media.library import Library
from mutoscope.service.operations.keeper import Keeper
from mutoscope.service.operations.metrics import Metrics
from mutoscope.service.sandbox.sandbox import Sandbox
from mutoscope.service.security.callers import Callers
from mutoscope.service.settings import Settings

__all__ = ["Service"]

_log = logging.getLogger(__name__)

GRACE_S = 10.0
"""How long running jobs may take to come to rest when the server is stopped."""


class Service:
    """What routes work with.

    Attributes:
        settings: as the owner has set it up.
        database: jobs, media, tokens.
        callers: who belongs to a token.
        sandbox: where strangers' bytes are decoded.
        library: media: taking in, finding, deleting.
        bus: wakes those who wait for events of a job.
        dispatcher: claims jobs and runs them in processes of their own.
        metrics: what is counted.
        is_ready: whether jobs can be taken.

    """

    def __init__(self, settings: Settings) -> None:
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.settings = settings
        self.database: Database = open_database(settings.url())
        migrate(self.database)
        self.started_at = time.time()
        self.metrics = Metrics(settings, self.database)
        self.callers = Callers(self.database)
        self.bus = Bus()
        self.sandbox = Sandbox(settings)
        self.library = Library(settings, self.database, self.sandbox, self.metrics)
        self.dispatcher = Dispatcher(settings, self.database, self.bus, self.library, self.metrics)
        self.sender = Sender(settings, self.database, count=self.metrics.webhook)
        self.keeper = Keeper(settings, self.database, self.library)
        self.is_ready = False

    def start(self) -> None:
        """Begin to work: the processes are started, jobs that were running are taken up again."""
        self.sandbox.start()
        self.library.recover()
        self.dispatcher.start()
        self.sender.start()
        self.keeper.start()
        self.is_ready = True

    def stop(self) -> None:
        """Come to rest within ten seconds; what is not finished goes on at the next start."""
        self.is_ready = False
        self.bus.close()
        self.dispatcher.stop(GRACE_S)
        self.sender.stop()
        self.keeper.stop()
        self.sandbox.stop()
        self.database.close()
