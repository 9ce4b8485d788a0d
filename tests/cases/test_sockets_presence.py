"""Who else has a case open, as its staff are told."""

import time

import pytest

from cases import live, switchboard
from cases.presence import GONE_AFTER, Presence
from tests.cases.talking import closed, greet, hear, new_session, socket, sync, track
from tests.cast import file_case, make_cast

pytestmark = [
    pytest.mark.both,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("server_loop"),
]


async def setting():
    cast = await sync(make_cast)()
    case = await sync(file_case)()
    return cast, case, f"/ws/cases/{case.reference}/"


async def test_two_people_are_told_of_each_other_and_that_the_other_has_gone_while_one_alone_hears_nothing():
    cast, _case, path = await setting()
    async with socket(path, await sync(new_session)(user=cast.amina)) as amina:
        await greet(amina)
        assert await amina.receive_nothing(timeout=0.2)
        async with socket(path, await sync(new_session)(user=cast.wing)) as wing:
            await greet(wing)
            assert await hear(wing) == {"t": "presence", "people": ["Amina"]}
            assert await hear(amina) == {"t": "presence", "people": ["Wing"]}
        assert await hear(amina) == {"t": "presence", "people": []}


async def test_two_pages_of_one_person_are_one_person_and_not_another():
    cast, _case, path = await setting()
    session = await sync(new_session)(user=cast.amina)
    async with socket(path, session) as one, socket(path, session) as two:
        await greet(one)
        await greet(two)
        assert await one.receive_nothing(timeout=0.2)
        async with socket(path, await sync(new_session)(user=cast.wing)) as wing:
            await greet(wing)
            assert await hear(wing) == {"t": "presence", "people": ["Amina"]}


async def test_presence_reaches_neither_the_business_nor_a_queue_nor_another_office():
    cast, case, path = await setting()
    async with (
        socket(track(case), await sync(new_session)(case.reference)) as business,
        socket("/ws/queue/", await sync(new_session)(user=cast.amina)) as queue,
        socket(path, await sync(new_session)(user=cast.bo)) as other_office,
        socket(path, await sync(new_session)(user=cast.wing)) as wing,
    ):
        for ws in (business, queue, wing):
            await greet(ws)
        assert await closed(other_office) == 4404
        for ws in (business, queue, wing):
            assert await ws.receive_nothing(timeout=0.2)


async def test_people_of_other_processes_are_told_of_and_gone_when_their_process_falls_silent():
    cast, case, path = await setting()
    async with socket(path, await sync(new_session)(user=cast.amina)) as amina:
        await greet(amina)
        looking = {case.reference: [cast.wing.pk]}
        await live.say({"type": "here", "from": "another process", "whole": True, "cases": looking})
        assert await hear(amina) == {"t": "presence", "people": ["Wing"]}
        board = switchboard.switchboard()
        for reference in board.presence.forget_silent(time.monotonic() + GONE_AFTER + 1):
            board._people_differ(reference)
        assert await hear(amina) == {"t": "presence", "people": []}


async def test_whoever_may_not_work_on_cases_is_not_named_even_if_a_process_says_so():
    cast, case, path = await setting()
    async with socket(path, await sync(new_session)(user=cast.amina)) as amina:
        await greet(amina)
        looking = {case.reference: [cast.olivia.pk, 10**9]}
        await live.say({"type": "here", "from": "another process", "whole": True, "cases": looking})
        assert await amina.receive_nothing(timeout=0.3)


def test_what_was_lost_on_the_way_is_made_good_by_the_next_whole_message():
    presence = Presence()
    assert presence.hear("p", {"A": [1], "B": [2]}, True, 0) == {"A", "B"}
    assert presence.hear("p", {"A": [1, 3]}, False, 1) == {"A"}
    assert presence.people("B") == {2}
    assert presence.hear("p", {"A": [1, 3]}, True, 2) == {"B"}
    assert presence.people("B") == frozenset()
    assert presence.forget_silent(2 + GONE_AFTER) == set()
    assert presence.forget_silent(3 + GONE_AFTER) == {"A"}
