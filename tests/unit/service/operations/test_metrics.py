"""What Prometheus is told."""

import os
import subprocess
import sys
import time

import pytest
from prometheus_client.parser import text_string_to_metric_families

from mutoscope.service.database.migrate import migrate
from mutoscope.service.database.open import open_database
from mutoscope.service.database.tables import Job
from mutoscope.service.ids import new_id
from mutoscope.service.operations.memory import available_memory, rss_of_children, rss_of_server
from mutoscope.service.operations.metrics import Metrics
from mutoscope.service.settings import Settings


@pytest.fixture
def database(tmp_path):
    opened = open_database(f"sqlite:///{tmp_path / 'service.sqlite'}")
    yield opened
    opened.close()


@pytest.fixture
def metrics(tmp_path, database):
    return Metrics(Settings(data=tmp_path), database)


def _told(metrics):
    """Give every sample by its name and labels."""
    families = text_string_to_metric_families(metrics.rendered().decode())
    return {(one.name, *sorted(one.labels.items())): one.value for family in families for one in family.samples}


def test_everything_that_is_counted_is_told(metrics):
    metrics.frames("filter.play", 24)
    metrics.frames("filter.play", 6)
    metrics.job("filter", "done", 3.5)
    metrics.job("filter", "cancelled")
    metrics.piece(0.7)
    metrics.refused("media-refused")
    metrics.took_in(1000)
    metrics.request("GET /api/jobs/{job_id}", 200, 0.004)
    metrics.lease_expired()
    metrics.webhook("delivered")
    metrics.preview_after(0.4)
    told = _told(metrics)
    assert told["mutoscope_frames_total", ("effect", "filter.play")] == 30
    assert told["mutoscope_jobs_total", ("kind", "filter"), ("state", "done")] == 1
    assert told["mutoscope_jobs_total", ("kind", "filter"), ("state", "cancelled")] == 1
    assert told["mutoscope_job_seconds_sum", ("kind", "filter")] == 3.5
    assert told["mutoscope_segment_seconds_count",] == 1
    assert told["mutoscope_uploads_refused_total", ("reason", "media-refused")] == 1
    assert told["mutoscope_upload_bytes_total",] == 1000
    route = ("mutoscope_request_seconds_count", ("route", "GET /api/jobs/{job_id}"), ("status", "200"))
    assert told[route] == 1
    assert told["mutoscope_leases_expired_total",] == 1
    assert told["mutoscope_webhooks_total", ("outcome", "delivered")] == 1
    assert told["mutoscope_first_preview_seconds_count",] == 1


def test_streams_are_counted_while_they_are_open(metrics):
    with metrics.stream(), metrics.stream():
        assert _told(metrics)["mutoscope_event_streams",] == 2
    assert _told(metrics)["mutoscope_event_streams",] == 0


def test_the_queue_is_told_by_state_and_lane(metrics, database):
    migrate(database)
    with database.writing() as session:
        for state, lane in (("queued", "batch"), ("queued", "batch"), ("running", "preview"), ("done", "batch")):
            own = {"owner": "t", "token_id": "t", "kind": "filter", "body": {}, "created_at": time.time()}
            session.add(Job(id=new_id("j"), state=state, lane=lane, **own))
    told = _told(metrics)
    found = [(dict(key[1:]), value) for key, value in told.items() if key[0] == "mutoscope_queue_depth"]
    depth = {(labels["state"], labels["lane"]): value for labels, value in found}
    assert depth == {
        ("queued", "batch"): 2,
        ("queued", "preview"): 0,
        ("running", "batch"): 0,
        ("running", "preview"): 1,
    }


def test_a_database_that_fails_takes_only_its_own_numbers_away(metrics):
    told = _told(metrics)  # it has no tables
    assert "mutoscope_queue_depth" not in {key[0] for key in told}
    assert told["mutoscope_disk_free_bytes",] > 0


def test_labels_without_end_do_not_fill_the_memory(metrics):
    for number in range(5000):
        metrics.refused(f"reason {number}")
    told = [key for key in _told(metrics) if key[0] == "mutoscope_uploads_refused_total"]
    assert len(told) <= 201
    assert _told(metrics)["mutoscope_uploads_refused_total", ("reason", "other")] == 4800


def test_memory_of_this_process_and_its_children_is_told():
    assert 10e6 < rss_of_server() < 10e9
    assert available_memory() > 1e6
    program = "import sys, time; x = bytearray(b'1') * 60_000_000; print(flush=True); time.sleep(30)"
    before = rss_of_children()
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as child:
        child.stdout.readline()
        grown = rss_of_children() - before
        child.kill()
    assert 60e6 < grown < 200e6


def test_counting_costs_next_to_nothing(metrics):
    began = time.process_time()
    for _ in range(2000):
        metrics.request("GET /api/jobs", 200, 0.001)
    assert time.process_time() - began < 0.5


def test_metrics_load_nothing_heavy():
    program = (
        "import sys, mutoscope.service.operations.metrics, mutoscope.service.operations.logs, mutoscope.service.client;"
        "print([name for name in ('torch', 'av', 'PIL', 'cv2', 'numpy', 'c2pa', 'matplotlib') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=os.environ)
    assert done.stdout.strip() == "[]"
