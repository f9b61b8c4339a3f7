"""What is counted, for Prometheus: frames, jobs, queue, uploads, requests, memory, disk."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from mutoscope.service.database.open import Database
from mutoscope.service.database.tables import Job
from mutoscope.service.operations.memory import rss_of_children, rss_of_server
from mutoscope.service.settings import Settings

__all__ = ["CONTENT_TYPE", "Metrics"]

CONTENT_TYPE = CONTENT_TYPE_LATEST
"""Type of what `Metrics.rendered` gives."""

_REQUEST_S = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 30)
_PIECE_S = (0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000)
_JOB_S = (1, 3, 10, 30, 100, 300, 1000, 3600, 4 * 3600, 24 * 3600)
_WAITING = ("queued", "running")
_MOST_LABELS = 200  # of one kind; a plugin or a fault must not fill the memory with series


class Metrics:
    """Counts, from any thread; none of the methods raises or waits for a disk, except `rendered`.

    Who calls what: `request` the middleware of the application; `took_in` and `refused` uploads and whoever makes
    media; `frames`, `job`, `piece`, `lease_expired` and `preview_after` the dispatcher; `stream` the route of
    events; `webhook` the sender.
    """

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._labels: dict[str, set[str]] = {}
        self._lock = threading.Lock()
        self.registry = registry = CollectorRegistry()
        registry.register(_State(settings, database))
        self._frames = Counter("mutoscope_frames", "Frames made.", ["effect"], registry=registry)
        self._jobs = Counter("mutoscope_jobs", "Jobs that ended.", ["kind", "state"], registry=registry)
        self._job_s = Histogram(
            "mutoscope_job_seconds", "Seconds from start to end.", ["kind"], buckets=_JOB_S, registry=registry
        )
        self._pieces = Histogram(
            "mutoscope_segment_seconds", "Seconds that a piece of a film took.", buckets=_PIECE_S, registry=registry
        )
        self._refused = Counter(
            "mutoscope_uploads_refused", "Files that were refused, by reason.", ["reason"], registry=registry
        )
        self._bytes = Counter("mutoscope_upload_bytes", "Bytes that were taken in.", registry=registry)
        self._requests = Histogram(
            "mutoscope_request_seconds",
            "Seconds that requests took, by route and status.",
            ["route", "status"],
            buckets=_REQUEST_S,
            registry=registry,
        )
        self._streams = Gauge("mutoscope_event_streams", "Event streams that are open.", registry=registry)
        self._leases = Counter(
            "mutoscope_leases_expired", "Jobs taken up again after their server or process died.", registry=registry
        )
        self._webhooks = Counter(
            "mutoscope_webhooks", "Webhooks: delivered, failed, given_up.", ["outcome"], registry=registry
        )
        self._previews = Histogram(
            "mutoscope_first_preview_seconds",
            "Seconds from submitting to the first preview picture.",
            buckets=_REQUEST_S,
            registry=registry,
        )

    def frames(self, effect: str, number: int) -> None:
        """Count frames that an effect, or a job's kind, has made."""
        if number > 0:
            self._frames.labels(self._label("effect", effect)).inc(number)

    def job(self, kind: str, state: str, seconds: float | None = None) -> None:
        """Count a job that has come to an end: done, partial, failed or cancelled.

        Args:
            kind: of the job.
            state: in which it ended.
            seconds: since it was started, where it ever was.

        """
        kind = self._label("kind", kind)
        self._jobs.labels(kind, state).inc()
        if seconds is not None:
            self._job_s.labels(kind).observe(max(seconds, 0.0))

    def piece(self, seconds: float) -> None:
        """Count a piece of a film that was computed, and how long it took, s."""
        self._pieces.observe(max(seconds, 0.0))

    def refused(self, reason: str) -> None:
        """Count a file that was refused; the reason is a name of a problem or another short, fixed word."""
        self._refused.labels(self._label("reason", reason)).inc()

    def took_in(self, number: int) -> None:
        """Count bytes of uploads."""
        if number > 0:
            self._bytes.inc(number)

    def request(self, route: str, status: int, seconds: float) -> None:
        """Count a request.

        Args:
            route: method and template: "GET /api/jobs/{job}". Never an address with ids.
            status: of the answer.
            seconds: until it was sent whole; an event stream counts only when it ends.

        """
        self._requests.labels(self._label("route", route), str(status)).observe(seconds)

    @contextmanager
    def stream(self) -> Iterator[None]:
        """Count an event stream as open as long as the block runs."""
        with self._streams.track_inprogress():
            yield

    def lease_expired(self, number: int = 1) -> None:
        """Count jobs whose server or process died under them and that are taken up again."""
        self._leases.inc(number)

    def webhook(self, outcome: str) -> None:
        """Count an attempt to deliver a webhook: delivered, failed or given_up."""
        self._webhooks.labels(self._label("outcome", outcome)).inc()

    def preview_after(self, seconds: float) -> None:
        """Count how long after its submission a job showed its first picture, s."""
        self._previews.observe(max(seconds, 0.0))

    def rendered(self) -> bytes:
        """Give everything in the text format of Prometheus. Asks the database and /proc: not on the event loop."""
        return generate_latest(self.registry)

    def _label(self, of: str, value: str) -> str:
        with self._lock:
            known = self._labels.setdefault(of, set())
            if value not in known and len(known) >= _MOST_LABELS:
                return "other"
            known.add(value)
        return value


class _State(Collector):
    """What is not counted but looked at, when Prometheus asks."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._data = settings.data
        self._database = database

    def describe(self) -> list[Metric]:
        """Say nothing beforehand: registering must not ask a database that has no tables yet."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Give memory, disk and queue; what cannot be found out is left out."""
        memory = GaugeMetricFamily("mutoscope_rss_bytes", "Memory in use.", labels=["of"])
        memory.add_metric(["server"], rss_of_server())
        memory.add_metric(["children"], rss_of_children())
        yield memory
        try:
            free = shutil.disk_usage(self._data).free
        except OSError:
            pass
        else:
            yield GaugeMetricFamily("mutoscope_disk_free_bytes", "Free space below the data folder.", value=free)
        depth = GaugeMetricFamily("mutoscope_queue_depth", "Jobs that wait or run.", labels=["state", "lane"])
        wanted = select(Job.state, Job.lane, func.count()).where(Job.state.in_(_WAITING)).group_by(Job.state, Job.lane)
        try:
            with self._database.reading() as session:
                found = {(state, lane): number for state, lane, number in session.execute(wanted)}
        except SQLAlchemyError:
            return
        for state in _WAITING:
            for lane in sorted({"batch", "preview", *(lane for _, lane in found)}):
                depth.add_metric([state, lane], found.get((state, lane), 0))
        yield depth
