"""T11, P7: nothing internal leaves. Everything that anybody outside can get is read for planted words."""

import io
import logging

import pytest
from django.core import mail
from django.utils import timezone

from cases import mailing
from cases.models import Case, Notice
from cases.permissions import Actor
from config.logs import Line
from tests.access.asking import Asker, address_of, inputs_of
from tests.access.canaries import columns, plant, tables
from tests.access.table import table
from tests.cast import move

LANGUAGES = ("en", "zh-hant", "zh-hans")
OUTSIDE = ("nobody", "business", "other_business", "partner", "other_partner", "official")
#: These read the business's own words as well; everybody else outside must not.
ITS_OWN = ("business", "partner")


def test_t11_every_column_is_said_to_be_public_or_not():
    typed = columns()
    real = {label: {f.name for f in model._meta.concrete_fields} for label, model in tables().items()}
    wrong = [f"{label}: no such table" for label in typed.keys() - real.keys()]
    for label, names in real.items():
        wrong += [f"{label}.{name} is not there" for name in sorted(names - set(typed.get(label, ())))]
        wrong += [f"{label}.{name} is no column" for name in sorted(set(typed.get(label, ())) - names)]
    assert not wrong, "say in tests/access/columns.txt who may read it:\n    " + "\n    ".join(wrong)


@pytest.fixture
def planted(world):
    """The world with its canaries, after every mail that waited has been written."""
    case = Case.objects.get(pk=world.case.pk)
    canaries = plant(case)
    move(case, "add_note", world.cast.staff("amina"), text=canaries.word("cases.Note.text, a new one"))
    move(
        case,
        "send_message",
        world.cast.staff("amina"),
        text=canaries.word("cases.Message.text, a new one", own=True),
    )
    move(
        case,
        "send_message",
        Actor.business(case),
        text=canaries.word("cases.Message.text, a reply", own=True),
    )
    return canaries


def everything(asker, world, *, languages=LANGUAGES):
    """Each answer to a GET, pages in every language, and to a POST, as text with its headers."""
    for line in table():
        if line.address.startswith(("/admin/", "/ws/")):
            continue
        address = address_of(line.address, line.example, world)
        several = languages if "<lang>" in line.address else languages[:1]
        for language in several:
            here = address.replace("/en/", f"/{language}/", 1)
            answer = asker.ask("GET", here, Accept_Language=language)
            yield "GET", here, _read(answer)
            if answer.status_code != 200 and "/cases/" in here:
                break  # one page that says so is like the other
        yield "POST", address, _read(asker.ask("POST", address, inputs_of(line, world)))


def _read(answer):
    headers = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
    return headers + "\n" + answer.body.decode("latin-1")


@pytest.mark.parametrize("role", OUTSIDE)
def test_t11_no_page_answer_or_file_tells_anybody_outside_what_is_internal(world, planted, role):
    asker, leaks, asked = Asker(world, role), [], 0
    for method, address, text in everything(asker, world):
        asked += 1
        found = planted.found(text, own_too=role not in ITS_OWN)
        leaks += [f"{method} {address} as {role}: {column}" for column in found]
    assert not leaks, "\n".join(leaks)
    assert asked > 100


def test_t11_the_canaries_are_there_to_be_found(world, planted):
    """Staff see what was planted, and the business its own words: a test that finds nothing must be able to."""
    staff = "".join(text for _, _, text in everything(Asker(world, "own"), world, languages=("en",)))
    seen = set(planted.found(staff, own_too=True))
    for column in ("cases.Note.text", "cases.LetterVersion.body", "cases.Referral.number",
                   "accounts.User.name", "cases.Statement.text", "cases.Message.text", "cases.Case.title"):  # fmt: skip
        assert any(one.startswith(column) for one in seen), column
    own = "".join(text for _, _, text in everything(Asker(world, "business"), world, languages=("en",)))
    assert "cases.Message.text" in planted.found(own, own_too=True)


def test_t11_no_mail_to_the_business_says_anything_internal(world, planted, monkeypatch):
    monkeypatch.setattr(mailing, "_resting_until", 0.0)
    Notice.objects.all().delete()
    now, case = timezone.now(), world.case
    for event in case.events.exclude(public_seq=None):
        for language in LANGUAGES:
            template = "received" if event.kind == "received" else "update"
            Notice.objects.create(
                case=case, event=event, template=template, language=language, not_before=now
            )
    sent = mailing.send_due()
    assert sent > 30
    assert len(mail.outbox) == sent
    for message in mail.outbox:
        message.extra_headers.pop("To", None)
        raw = message.message()
        parts = [
            str(part.get_payload(decode=True), "utf-8") for part in raw.walk() if not part.is_multipart()
        ]
        text = "\n".join([*(f"{name}: {value}" for name, value in raw.items()), *parts])
        assert not planted.found(text, own_too=False), message.subject
        # The mail points to the page; what was written stays there, and who wrote it too.
        said = planted.found(text.replace(message.to[0], ""), own_too=True)
        assert not said, message.subject


def test_t11_no_line_of_the_log_holds_what_anybody_wrote(world, planted):
    lines = io.StringIO()
    handler = logging.StreamHandler(lines)
    handler.setFormatter(Line(as_json=True))
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        for role in ("business", "own"):
            for _ in everything(Asker(world, role), world, languages=("en",)):
                pass
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    assert root.handlers == before
    assert lines.getvalue().count("\n") > 100
    assert not planted.found(lines.getvalue(), own_too=True)
    assert world.code not in lines.getvalue()
