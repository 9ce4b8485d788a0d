"""One clock for all machines: the database's."""

import time
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from jobs import clock

HOUR = timedelta(hours=1)


def told(database, seconds=0.0):
    """The database has said this, after so many seconds."""
    clock.hear(database, time.time(), time.time() + seconds)


@pytest.fixture(autouse=True)
def _right_again():
    yield
    told(timezone.now())


@pytest.mark.parametrize("wrong", [HOUR, -HOUR, timedelta(seconds=10)])
def test_p11_a_machine_whose_clock_is_wrong_tells_the_time_of_the_database(wrong):
    told(timezone.now() - wrong)
    assert abs(clock.this_moment() - (timezone.now() - wrong)) < timedelta(seconds=1)


def test_a_second_of_difference_is_left_alone():
    told(timezone.now() - timedelta(seconds=1))
    assert abs(clock.this_moment() - timezone.now()) < timedelta(milliseconds=100)


def test_how_long_the_question_took_is_allowed_for():
    told(timezone.now() + timedelta(seconds=4), seconds=8)
    assert abs(clock.this_moment() - timezone.now()) < timedelta(milliseconds=100)


def test_p11_today_follows_the_same_clock():
    told(timezone.now() - timedelta(days=2))
    assert clock.this_day() == timezone.localdate() - timedelta(days=2)


@pytest.mark.both
@pytest.mark.django_db(transaction=True)
def test_p11_the_clock_is_heard_with_each_connection():
    told(timezone.now() - HOUR)
    connection.close()
    connection.ensure_connection()
    off = abs(clock.this_moment() - timezone.now())
    assert off < timedelta(seconds=1) if connection.vendor == "postgresql" else off > timedelta(minutes=59)


def test_p11_no_room_that_judges_or_keeps_times_asks_this_machine():
    asking = [
        str(path.relative_to(settings.BASE_DIR))
        for room in ("cases", "feedback", "reports", "routing")
        for path in (settings.BASE_DIR / room).rglob("*.py")
        if not {"demo", "migrations"} & set(path.parts)
        and any(
            asked in path.read_text() for asked in ("timezone.now()", "timezone.localdate()", "datetime.now(")
        )
    ]
    assert not asking, "use jobs.clock"
