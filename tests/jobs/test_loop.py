"""Handing work to an event loop from a thread that has none."""

import asyncio
import os
import time

import pytest

from jobs.loop import run_on_a_loop


def test_one_loop_serves_all_work_of_a_process_so_that_connections_are_kept():
    loops = []

    async def work():
        loops.append(asyncio.get_running_loop())

    run_on_a_loop(work, 1)
    run_on_a_loop(work, 1)
    assert loops[0] is loops[1]


def test_what_fails_is_raised_and_what_hangs_is_given_up_in_time():
    async def fail():
        raise ConnectionError

    with pytest.raises(ConnectionError):
        run_on_a_loop(fail, 1)
    begun = time.monotonic()
    with pytest.raises(TimeoutError):
        run_on_a_loop(lambda: asyncio.sleep(60), 0.2)
    assert time.monotonic() - begun < 1


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_worker_gets_a_loop_of_its_own():
    async def work():
        pass

    run_on_a_loop(work, 1)
    child = os.fork()
    if child == 0:
        try:
            run_on_a_loop(work, 2)
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
