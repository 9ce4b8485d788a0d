"""Tasks that cannot be done, and one that can; and workers that find out about the dead quickly."""

import os
import signal
import sys
import time

import django
from django_tasks import task


@task
def kill_the_worker():
    assert "pytest" not in sys.modules
    os._exit(1)


@task
def do_as_told():
    """Whether it can be done depends on the world: here on a file."""
    with open(os.environ["POISON_ANTIDOTE"]) as file:
        file.read()


def work(dead_after):
    from jobs.runner import Runner

    runner = Runner(heartbeat=0.2, dead_after=dead_after)
    signal.signal(signal.SIGTERM, lambda *_: runner.stop())
    runner.run()
    os._exit(0)


def tend(size, dead_after):
    """So many workers; whoever dies is replaced, as systemd would, and a line says so."""
    workers = {}
    leaving = []
    signal.signal(
        signal.SIGTERM, lambda *_: leaving.append(True) or [os.kill(pid, signal.SIGTERM) for pid in workers]
    )
    while not leaving or workers:
        while len(workers) < size and not leaving:
            pid = os.fork()
            if pid == 0:
                work(dead_after)
            workers[pid] = True
        pid, _status = os.waitpid(-1, os.WNOHANG)
        if pid:
            del workers[pid]
            if not leaving:
                print("died", flush=True)
        time.sleep(0.05)


if __name__ == "__main__":
    django.setup()
    tend(int(sys.argv[1]), float(sys.argv[2]))
