"""The pages of the business as the views draw them, in their states and in three languages, for a browser to look at.

They are drawn before a browser starts: the database is not asked while one runs. Each is drawn once for all tests.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.test import Client
from django.utils import timezone

from cases.permissions import Actor
from cases.states import State
from tests.cast import make_case, make_cast, move
from tests.feedback.answers import ANSWERS, address, hidden

LANGUAGES = ("en", "zh-hant", "zh-hans")
TAGS = {"en": "en-HK", "zh-hant": "zh-Hant-HK", "zh-hans": "zh-Hans-CN"}
#: Long enough to be broken on a phone, in a script of its own.
WORDS = "货物自11月3日起在口岸被扣，至今无人说明原因，合同即将到期。https://example.invalid/a-very-long-address-without-any-place-to-break"


@dataclass(frozen=True)
class Drawn:
    """One page: where it is, what state it shows, and its markup."""

    state: str
    language: str
    address: str
    html: str

    def __str__(self) -> str:
        return f"{self.state} ({self.language})"


def draw_everything() -> list[Drawn]:
    found: list[Drawn] = []
    followed = _cases()
    for language in LANGUAGES:
        pen = _Pen(language, found)
        pen.filing()
        pen.getting_in()
        pen.following(followed)
    return found


def _cases() -> dict[str, str]:
    """The reference of a case in each state that its business can meet."""
    cast = make_cast()
    words = {"language": "zh-hans", "text": WORDS}
    reopened = make_case(State.CLOSED, cast, **words)
    move(reopened, "request_reopen", Actor.business(reopened), reason="The goods were held again.")
    cases = {
        state.value: make_case(state, cast, **words)
        for state in (State.RECEIVED, State.AWAITING, State.REFERRED, State.CLOSED, State.WITHDRAWN)
    }
    return {state: case.reference for state, case in (cases | {"asked to reopen": reopened}).items()}


class _Pen:
    """One person with one language."""

    def __init__(self, language: str, found: list[Drawn]) -> None:
        self.language, self.found, self.client = language, found, Client()

    def draw(self, state: str, path: str, data: dict[str, object] | None = None, status: int = 200) -> None:
        answer = self.client.get(path) if data is None else self.client.post(path, data)
        assert answer.status_code == status, (state, path, answer.status_code)
        self.found.append(Drawn(state, self.language, path, answer.content.decode()))

    def filing(self) -> None:
        self.draw("start", f"/{self.language}/")
        for step, answers in ANSWERS.items():
            at = address(step, self.language)
            self.draw(f"{step}, empty", at)
            wrong = self.client.post(at, {**hidden(self.client.get(at)), **_WRONG.get(step, {})})
            if wrong.status_code == 422:
                self.found.append(Drawn(f"{step}, error", self.language, at, wrong.content.decode()))
            for part in answers if isinstance(answers, list) else [answers]:
                given = {name: _OWN.get(name, value) for name, value in part.items()} | self._language(part)
                page = self.client.get(at)
                assert self.client.post(at, {**hidden(page), **given}).status_code == 303, (step, given)
        check = address("check", self.language)
        self.draw("check", check)
        self.client.post(at, {**hidden(self.client.get(at)), **given, "_save": "1"})
        self.draw("saved", f"/{self.language}/concerns/resume/?saved=1")
        sent = self.client.post(check, hidden(self.client.get(check)))
        assert sent.status_code == 303 and "done" in sent["Location"], (sent.status_code, sent.content[:3000])
        self.draw("done", address("done", self.language))

    def _language(self, part: dict[str, str]) -> dict[str, str]:
        return {"language": self.language} if "language" in part else {}

    def getting_in(self) -> None:
        visitor = _Pen(self.language, self.found)
        visitor.draw("resume", f"/{self.language}/concerns/resume/")
        visitor.draw("resume, error", f"/{self.language}/concerns/resume/", {"code": "12"}, 422)
        visitor.draw("track", f"/{self.language}/track/")
        visitor.draw("track, error", f"/{self.language}/track/", {"reference": "HKC-1", "code": "1"}, 422)
        visitor.draw("my concerns", f"/{self.language}/my/")
        visitor.client.post(f"/{self.language}/my/", {"email": "nobody@example.invalid"})
        visitor.draw("code asked", f"/{self.language}/my/code/")
        visitor.draw("question", f"/{self.language}/question/")
        visitor.draw("not there", f"/{self.language}/not-there/", status=404)

    def following(self, cases: dict[str, str]) -> None:
        session = self.client.session
        session["tracked"] = {reference: int(timezone.now().timestamp()) for reference in cases.values()}
        session.save()
        for state, reference in cases.items():
            self.draw(f"followed, {state}", f"/{self.language}/track/{reference}/")
        own = f"/{self.language}/track/{cases['received']}/"
        for move_name in ("send_message", "set_sharing", "set_contact", "withdraw"):
            self.draw(f"move {move_name}", f"{own}{move_name}/")
        self.draw("move send_message, error", f"{own}send_message/", {"text": ""}, 422)
        self.draw("personal data", f"{own}your-data/")


_OWN = {"text": WORDS}
#: What makes a question that may be left empty wrong; the others are wrong when empty.
_WRONG: dict[str, dict[str, str]] = {
    "when": {"started_month": "13", "started_year": "2026"},
    "contact": {"email": "ho@", "phone": "12", "language": "en"},
    "wanted": {"wanted": "x" * 5000},
    "authority": {"authority": "x" * 5000},
    "evidence": {"_add": "1"},
}
