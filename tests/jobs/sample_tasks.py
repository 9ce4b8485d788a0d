"""Tasks for the tests of the runner. What they did stands in MailboxMessage rows, which any process can read."""

import os
import signal
import sys
import time

from django_tasks import task

from jobs.models import MailboxMessage


def note(text):
    MailboxMessage.objects.create(to="ledger", sender="task", subject=text, text=str(os.getpid()))


def noted(text=None):
    notes = MailboxMessage.objects.filter(to="ledger")
    return notes.filter(subject=text).count() if text is not None else notes.count()


@task
def write_down(text):
    note(text)


@task
def fail_until(tries):
    note("try")
    if noted("try") < tries:
        raise ValueError("not yet")


@task
def always_fail():
    note("try")
    raise ValueError("never")


@task
def answer_the_unspeakable():
    return object()


@task(queue_name="mail", takes_context=True)
def count_own_attempts(context):
    note(f"attempt {context.attempt}")


@task
def hang_the_first_time():
    note("begun")
    if noted("begun") == 1:
        time.sleep(120)
    note("finished")


@task
def ask_this_process_to_stop():
    # Left over from a test that failed, it must not end the tests themselves.
    assert "pytest" not in sys.modules
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(0.5)
    note("finished all the same")


@task
def tick():
    note("tick")
