"""The sockets through the real ASGI application: what they say, to whom, and when they close."""

import json

import pytest
from django.conf import settings
from django.contrib.auth.signals import user_logged_out

from cases import live, switchboard
from cases.models import Case
from cases.states import State
from tests.cases.talking import closed, hear, new_session, say, socket, sync, track
from tests.cast import file_case, make_case, make_cast, move, triage_inputs

pytestmark = [
    pytest.mark.both,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("server_loop"),
]


# --- following -----------------------------------------------------------------------------------
async def test_a_business_is_welcomed_with_the_number_of_its_last_public_event_and_told_of_the_next():
    cast = await sync(make_cast)()
    case = await sync(file_case)()
    session = await sync(new_session)(case.reference)
    async with socket(track(case), session) as ws:
        await say(ws)
        assert await hear(ws) == {"t": "welcome", "seq": 1}
        await sync(move)(case, "triage", cast.staff("amina"), **triage_inputs(case))
        assert await hear(ws) == {"t": "changed", "case": case.reference, "seq": 2}


async def test_an_internal_event_says_nothing_to_the_business():
    cast = await sync(make_cast)()
    case = await sync(file_case)()
    session = await sync(new_session)(case.reference)
    async with socket(track(case), session) as ws:
        await say(ws)
        await hear(ws)
        await sync(move)(case, "add_note", cast.staff("amina"), text="Between us.")
        await sync(move)(case, "claim", cast.staff("amina"))
        assert await ws.receive_nothing(timeout=0.3)


async def test_no_socket_ever_carries_content():
    cast = await sync(make_cast)()
    case = await sync(make_case)(State.ASSESSING, cast)
    business = await sync(new_session)(case.reference)
    staff = await sync(new_session)(user=cast.amina)
    heard = []
    async with (
        socket(track(case), business) as one,
        socket(f"/ws/cases/{case.reference}/", staff) as two,
        socket("/ws/queue/", staff) as three,
    ):
        for ws in (one, two, three):
            await say(ws)
            heard.append(await hear(ws))
        await sync(move)(case, "ask", cast.staff("amina"), text="Which declaration number?")
        heard += [await hear(ws) for ws in (one, two, three)]
    for message in heard:
        assert set(message) <= {"t", "case", "seq"}
        assert "declaration" not in json.dumps(message)


async def test_what_is_committed_between_reading_the_page_and_saying_hello_is_seen():
    cast = await sync(make_cast)()
    case = await sync(file_case)()
    session = await sync(new_session)(case.reference)
    async with socket(track(case), session) as ws:
        await sync(move)(case, "triage", cast.staff("amina"), **triage_inputs(case))
        await say(ws, after=1)
        assert (await hear(ws))["seq"] == 2


async def test_a_doubled_poke_is_told_once():
    case = await sync(file_case)()
    session = await sync(new_session)(case.reference)
    async with socket(track(case), session) as ws:
        await say(ws)
        await hear(ws)
        poke = {"case": case.reference, "seq": 1, "groups": [live.track_group(case.reference)]}
        for _ in range(3):
            await live.say({"type": "pokes", "pokes": [poke, poke]})
        assert await ws.receive_nothing(timeout=0.3)


async def test_a_beat_carries_the_number_even_when_every_poke_was_lost(monkeypatch):
    monkeypatch.setattr(switchboard, "BEAT_SECONDS", 0.3)
    cast = await sync(make_cast)()
    case = await sync(file_case)()
    session = await sync(new_session)(case.reference)
    monkeypatch.setattr(live, "_send", lambda message: None)
    async with socket(track(case), session) as ws:
        await say(ws)
        await hear(ws)
        await sync(move)(case, "triage", cast.staff("amina"), **triage_inputs(case))
        beats = [await hear(ws), await hear(ws)]
        assert {"t": "beat", "seq": 2} in beats


# --- who may listen --------------------------------------------------------------------------------
async def test_t07_a_session_without_the_code_is_told_to_sign_in_whether_or_not_the_case_exists():
    case = await sync(file_case)()
    other = await sync(file_case)()
    session = await sync(new_session)(other.reference)
    for who in (None, session):
        for path in (track(case), "/ws/track/HKC-0000-0000/", "/ws/track/nonsense/"):
            async with socket(path, who) as ws:
                assert await closed(ws) == 4401


async def test_t07_staff_see_only_cases_of_their_office():
    cast = await sync(make_cast)()
    case = await sync(file_case)()
    path = f"/ws/cases/{case.reference}/"
    for who, code in (
        (None, 4401),
        (cast.bo, 4404),
        (cast.olivia, 4404),
        (cast.ada, 4404),
        (cast.partner, 4404),
    ):
        session = await sync(new_session)(user=who) if who else None
        async with socket(path, session) as ws:
            assert await closed(ws) == code
    for who in (cast.amina, cast.hana):
        async with socket(path, await sync(new_session)(user=who)) as ws:
            await say(ws)
            assert await hear(ws) == {"t": "welcome", "seq": 1}


async def test_the_staff_number_counts_internal_events_too():
    cast = await sync(make_cast)()
    case = await sync(file_case)()
    async with socket(f"/ws/cases/{case.reference}/", await sync(new_session)(user=cast.amina)) as ws:
        await say(ws)
        await hear(ws)
        await sync(move)(case, "add_note", cast.staff("chi"), text="Between us.")
        assert await hear(ws) == {"t": "changed", "case": case.reference, "seq": 2}


async def test_a_queue_hears_of_cases_of_its_office_only():
    cast = await sync(make_cast)()
    case = await sync(file_case)()
    async with (
        socket("/ws/queue/", await sync(new_session)(user=cast.amina)) as guangdong,
        socket("/ws/queue/", await sync(new_session)(user=cast.bo)) as shanghai,
        socket("/ws/queue/", await sync(new_session)(user=cast.hana)) as headquarters,
    ):
        for ws in (guangdong, shanghai, headquarters):
            await say(ws)
            assert (await hear(ws))["t"] == "welcome"
        await sync(move)(case, "claim", cast.staff("amina"))
        expected = {"t": "changed", "case": case.reference, "seq": 2}
        assert await hear(guangdong) == expected
        assert await hear(headquarters) == expected
        assert await shanghai.receive_nothing(timeout=0.3)


async def test_a_new_case_reaches_an_open_queue():
    cast = await sync(make_cast)()
    async with socket("/ws/queue/", await sync(new_session)(user=cast.amina)) as ws:
        await say(ws)
        assert await hear(ws) == {"t": "welcome", "seq": 0}
        case = await sync(file_case)()
        assert await hear(ws) == {"t": "changed", "case": case.reference, "seq": 1}


# --- when they close -----------------------------------------------------------------------------------
async def test_t21_a_sign_out_of_the_case_closes_its_socket_at_once(client):
    case = await sync(file_case)()
    session = await sync(new_session)(case.reference)
    async with socket(track(case), session) as ws:
        await say(ws)
        await hear(ws)
        client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
        await sync(client.post)("/en/track/sign-out/")
        assert await closed(ws) == 4401


async def test_t21_a_sign_out_of_staff_closes_their_sockets_within_five_seconds():
    cast = await sync(make_cast)()
    session = await sync(new_session)(user=cast.amina)
    async with socket("/ws/queue/", session) as ws:
        await say(ws)
        await hear(ws)

        def sign_out():
            user_logged_out.send(type(cast.amina), request=None, user=cast.amina)
            session.flush()

        await sync(sign_out)()
        assert await closed(ws) == 4401


async def test_t21_a_session_that_somebody_ends_from_afar_closes_its_sockets_and_no_others():
    cast = await sync(make_cast)()
    case = await sync(file_case)()
    here, elsewhere = [await sync(new_session)(user=cast.amina) for _ in range(2)]
    async with socket("/ws/queue/", here) as ours, socket("/ws/queue/", elsewhere) as theirs:
        for ws in (ours, theirs):
            await say(ws)
            await hear(ws)
        await sync(here.delete)(elsewhere.session_key)
        assert await closed(theirs, timeout=2) == 4401
        await sync(move)(case, "claim", cast.staff("amina"))
        assert (await hear(ours))["t"] == "changed"


async def test_bad_input_85_who_lost_the_right_is_closed_by_the_very_poke_and_told_nothing():
    cast = await sync(make_cast)()
    case = await sync(file_case)()
    path = f"/ws/cases/{case.reference}/"
    async with (
        socket(path, await sync(new_session)(user=cast.chi)) as page,
        socket("/ws/queue/", await sync(new_session)(user=cast.chi)) as queue,
    ):
        for ws in (page, queue):
            await say(ws)
            await hear(ws)
        # Changed behind everybody's back: no signal says so.
        await sync(type(cast.chi).objects.filter(pk=cast.chi.pk).update)(office_id="SHETO")
        await sync(move)(case, "claim", cast.staff("amina"))
        for ws in (page, queue):
            assert await closed(ws, timeout=2) == 4401


@pytest.mark.parametrize(
    "changes",
    [
        {"is_active": False},
        {"office_id": "SHETO"},
        {"role": "official", "office_id": None},
        {"password": "other"},
    ],
)
async def test_t07_a_person_whose_account_changed_is_cut_off_within_five_seconds(changes):
    cast = await sync(make_cast)()
    case = await sync(file_case)()
    async with socket(f"/ws/cases/{case.reference}/", await sync(new_session)(user=cast.amina)) as ws:
        await say(ws)
        await hear(ws)

        def change():
            for name, value in changes.items():
                setattr(cast.amina, name, value)
            cast.amina.save()

        await sync(change)()
        assert await closed(ws) in (4401, 4404)


async def test_t07_a_case_that_leaves_the_office_closes_its_sockets_there():
    cast = await sync(make_cast)()
    case = await sync(file_case)()
    async with socket(f"/ws/cases/{case.reference}/", await sync(new_session)(user=cast.amina)) as ws:
        await say(ws)
        await hear(ws)
        # No move takes a case away from one day to the next: the former office reads on for 30 days.
        await sync(Case.objects.filter(pk=case.pk).update)(office_id="SHETO")
        await sync(live.look_again)(live.case_group(case.reference))
        assert await closed(ws) == 4404


async def test_a_session_that_ended_is_noticed_with_the_next_beat(monkeypatch):
    monkeypatch.setattr(switchboard, "BEAT_SECONDS", 0.2)
    case = await sync(file_case)()
    session = await sync(new_session)(case.reference)
    async with socket(track(case), session) as ws:
        await say(ws)
        await hear(ws)
        await sync(session.delete)()
        while (answer := await ws.receive_output(timeout=5))["type"] != "websocket.close":
            pass
        assert answer["code"] == 4401


async def test_who_never_says_hello_is_closed_with_the_first_beat(monkeypatch):
    monkeypatch.setattr(switchboard, "BEAT_SECONDS", 0.2)
    case = await sync(file_case)()
    async with socket(track(case), await sync(new_session)(case.reference)) as ws:
        assert await closed(ws) == 4400


# --- documents that were checked -------------------------------------------------------------------
async def test_pages_hear_that_a_document_was_checked_and_a_business_only_of_those_it_may_see():
    cast = await sync(make_cast)()
    case = await sync(make_case)(State.ASSESSING, cast)
    business = await sync(new_session)(case.reference)
    staff = await sync(new_session)(user=cast.amina)
    async with (
        socket(track(case), business) as one,
        socket(f"/ws/cases/{case.reference}/", staff) as two,
        socket("/ws/queue/", staff) as three,
    ):
        for ws in (one, two, three):
            await say(ws)
            await hear(ws)
        await sync(live.files_checked)(case, for_business=True)
        assert await hear(one) == await hear(two) == {"t": "files"}
        await sync(live.files_checked)(case, for_business=False)
        assert await hear(two) == {"t": "files"}
        assert await one.receive_nothing(timeout=0.2) and await three.receive_nothing(timeout=0.05)
