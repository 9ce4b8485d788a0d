"""A drill can stop a process at a named point; production refuses to start with such a setting."""

import itertools
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from jobs import failpoints

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def arm(monkeypatch):
    def armed_with(setting):
        monkeypatch.setattr(failpoints, "_armed", failpoints._read(setting))
        monkeypatch.setattr(failpoints, "_passings", itertools.count(1))

    return armed_with


def test_nothing_happens_when_nothing_is_set(arm):
    arm("")
    assert failpoints._armed is None
    failpoints.failpoint("anywhere")
    failpoints.refuse_in_production()
    assert next(failpoints._passings) == 1  # nothing was counted either


def test_only_the_named_point_at_its_number_fails(arm):
    arm("here:2:raise")
    failpoints.failpoint("elsewhere")
    failpoints.failpoint("here")
    with pytest.raises(failpoints.Failed):
        failpoints.failpoint("here")
    failpoints.failpoint("here")


def test_a_point_can_wait(arm, monkeypatch):
    slept = []
    monkeypatch.setattr(failpoints.time, "sleep", slept.append)
    arm("here:1:sleep")
    failpoints.failpoint("here")
    assert slept == [5]


def test_a_point_can_end_the_process_as_a_kill_would():
    done = subprocess.run(
        [sys.executable, "-c", "from jobs.failpoints import failpoint; failpoint('here'); print('alive')"],
        cwd=ROOT, env={**os.environ, "FAIL_AT": "here:1:exit"}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (137, "")


@pytest.mark.parametrize("setting", ["here", "here:x:raise", "here:0:raise", "here:1:explode"])
def test_a_setting_that_makes_no_sense_is_refused(arm, setting):
    with pytest.raises(ImproperlyConfigured):
        arm(setting)


def test_production_does_not_start_with_a_failpoint_set(arm, settings):
    arm("here:1:exit")
    settings.TESTING = settings.EMBEDDED = settings.DEBUG = False
    with pytest.raises(ImproperlyConfigured):
        failpoints.refuse_in_production()
