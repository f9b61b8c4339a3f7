"""The bus wakes whoever waits for a job, and nobody else."""

import asyncio
import threading

from mutoscope.service.jobs.bus import Bus


def _waited(bus, job, tell, seconds=5.0):
    """Wait for news of a job while another thread tells; give whether they came."""

    async def wait():
        with bus.listening(job) as news:
            thread = threading.Thread(target=tell)
            thread.start()
            try:
                async with asyncio.timeout(seconds):
                    await news.wait()
                return True
            except TimeoutError:
                return False
            finally:
                thread.join()

    return asyncio.run(wait())


def test_news_from_another_thread_wake_who_waits_for_that_job():
    bus = Bus()
    assert _waited(bus, "j_1", lambda: bus.tell("j_1"))


def test_news_of_another_job_wake_nobody():
    bus = Bus()
    assert not _waited(bus, "j_1", lambda: bus.tell("j_2"), 0.05)


def test_closing_wakes_all_and_who_comes_later_does_not_wait():
    bus = Bus()
    assert _waited(bus, "j_1", bus.close)
    assert bus.is_closed
    assert _waited(bus, "j_2", lambda: None)


def test_nothing_is_kept_of_those_who_have_left():
    bus = Bus()
    _waited(bus, "j_1", lambda: bus.tell("j_1"))
    assert not bus._waiting


def test_a_loop_that_is_gone_does_not_stop_the_others():
    bus = Bus()
    loop = asyncio.new_event_loop()
    bus._waiting["j_1"].add((loop, asyncio.Event()))
    loop.close()
    assert _waited(bus, "j_1", lambda: bus.tell("j_1"))
