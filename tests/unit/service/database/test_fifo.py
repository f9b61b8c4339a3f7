import threading
import time

import pytest

from mutoscope.service.database.fifo import FifoLock


def waiting(lock, number):
    end = time.monotonic() + 10
    while len(lock._waiting) < number:
        assert time.monotonic() < end
        time.sleep(0.001)


def test_turns_come_in_the_order_in_which_they_were_asked_for():
    lock, order = FifoLock(), []

    def take(number):
        with lock.held(10):
            order.append(number)

    threads = [threading.Thread(target=take, args=(number,)) for number in range(8)]
    with lock.held(10):
        for number, thread in enumerate(threads):
            thread.start()
            waiting(lock, number + 1)
    for thread in threads:
        thread.join()
    assert order == list(range(8))


def test_one_holds_it_at_a_time():
    lock, inside, most = FifoLock(), [], []

    def take():
        for _ in range(200):
            with lock.held(10):
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=take) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (set(most), len(most)) == ({1}, 1200)


def test_who_has_waited_too_long_gives_up_and_is_passed_over():
    lock, told = FifoLock(), []

    def give_up():
        with pytest.raises(TimeoutError, match="writing for"), lock.held(0.01):
            pass
        told.append("gave up")

    with lock.held(1):
        thread = threading.Thread(target=give_up)
        thread.start()
        thread.join()
    with lock.held(1):
        assert told == ["gave up"]


def test_an_error_inside_lets_go():
    lock = FifoLock()
    with pytest.raises(OSError), lock.held(1):  # noqa: PT011 # ours, without a text
        raise OSError
    with lock.held(1):
        pass


def test_a_block_within_a_block_is_a_mistake_that_shows_at_once():
    lock = FifoLock()
    with lock.held(1), pytest.raises(AssertionError, match="waits for itself"), lock.held(1):
        pass
