"""One concern is sent fifty times at once, twice in an instant, again after going back, from two windows (F17, P2)."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from urllib.parse import urlencode

from tests.drills import Report, sized
from tests.drills.clients import Visitor, a_concern, a_text, make_people
from tests.drills.invariants import examine, rows
from tests.drills.ledger import Ledger, sum_of
from tests.drills.stack import Stack
from tests.drills.wire import Answer, Line, Site, hidden
from tests.feedback.answers import address

ROUNDS = sized(20, 2)
AT_ONCE = 50
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def run(report: Report) -> None:
    with report.place() as place:
        ledger = Ledger(place / "ledger.jsonl")
        with Stack(place / "set", sockets=1, workers=1) as stack:
            Doubles(stack, ledger, report).run()
        ledger.close()


class Doubles:
    def __init__(self, stack: Stack, ledger: Ledger, report: Report) -> None:
        self.stack, self.ledger, self.report = stack, ledger, report
        self.tokens = make_people(stack)
        self.site = Site(stack.url, ledger, report, patience=90)

    def run(self) -> None:
        for number in range(ROUNDS):
            self.form_fifty_times(AT_ONCE)
            self.form_fifty_times(2)
            self.api_fifty_times(self.tokens[f"partner{number % 8}"])
            self.two_windows()
            self.message_twice(self.tokens[f"partner{number % 8}"])
        self.report.did(f"forms sent {AT_ONCE} times at once, and twice in an instant (F17)", 2 * ROUNDS)
        self.report.did(f"calls of the API sent {AT_ONCE} times at once (T25)", ROUNDS)
        self.report.did("forms open in two windows", ROUNDS)
        tally = ", ".join(f"{status} ×{count}" for status, count in sorted(self.site.tally.items()))
        self.report.did(f"answers {tally}", sum(self.site.tally.values()))
        self.report.measured("slowest answer", self.site.slowest, "s")
        examine(self.stack, self.ledger.path, self.report)

    def together(self, act: Callable[[], Answer | None], number: int) -> list[Answer | None]:
        """What so many threads were answered that began in the same instant."""
        barrier, answers = threading.Barrier(number), list[Answer | None]()

        def one() -> None:
            barrier.wait(30)
            answers.append(act())

        threads = [threading.Thread(target=one, daemon=True) for _ in range(number)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(180)
        return answers

    def filled(self) -> tuple[Visitor, str, bytes, str]:
        visitor, text, file, key = (
            Visitor(self.site),
            a_text(),
            uuid.uuid4().bytes.hex().encode(),
            uuid.uuid4().hex,
        )
        self.report.expect(visitor.answer_all(text, file), "F17: a form could not be filled in")
        self.ledger.note("tried", key=key)
        return visitor, text, file, key

    def form_fifty_times(self, number: int) -> None:
        visitor, text, file, key = self.filled()
        line = visitor.line
        page = line.insist("GET", address("check"))
        assert page is not None
        body = urlencode(hidden(page)).encode()
        answers = self.together(lambda: line.insist("POST", address("check"), body, FORM), number)
        for answer in answers:
            self.report.expect(
                answer is not None and answer.status == 303 and answer.location.endswith("/done/"),
                f"F17: one of {number} was answered {answer.status if answer else 'nothing'}",
            )
        # F5 on the page after sending, back and sent again: the same slip.
        again = line.insist("POST", address("check"), body, FORM)
        self.report.expect(again is not None and again.status == 303, "F17: sent again after going back")
        slips = {self.slip(line) for _ in range(3)}
        self.report.expect(len(slips) == 1 and "" not in slips, f"F17: the slip shows {sorted(slips)}")
        self.ledger.note("filed", key=key, reference=slips.pop(), text=sum_of(text), files=[sum_of(file)])

    def slip(self, line: Line) -> str:
        page = line.insist("GET", address("done"))
        place = page.content.find(b"HKC-") if page else -1
        return page.content[place : place + 13].decode() if page and place >= 0 else ""

    def api_fifty_times(self, token: str) -> None:
        key, text = uuid.uuid4().hex, a_text()
        facts = a_concern(text)
        self.ledger.note("tried", key=key)
        answers = self.together(
            lambda: Line(self.site, token).send_json("/api/v1/concerns/", facts, key), AT_ONCE
        )
        for answer in answers:
            if answer is None or answer.status != 201:
                self.report.violation(f"F17: the API answered {answer.status if answer else 'nothing'}")
                continue
            self.ledger.note(
                "filed", key=key, reference=answer.json()["reference"], text=sum_of(text), files=[]
            )
        other = Line(self.site, token).send_json("/api/v1/concerns/", facts | {"text": "other"}, key)
        self.report.expect(
            other is not None and other.status == 422,
            f"bad input 69: the same key with other words was answered {other.status if other else 'nothing'}",
        )

    def two_windows(self) -> None:
        """An older page of the same form does not send what its reader has not seen."""
        visitor, text, file, key = self.filled()
        line = visitor.line
        old = line.insist("GET", address("check"))
        changed = visitor.post("wanted", {"wanted": "Something else."})
        self.report.expect(
            changed is not None and changed.status == 303, "two windows: the change was not kept"
        )
        assert old is not None
        sent = line.insist("POST", address("check"), urlencode(hidden(old)).encode(), FORM)
        self.report.expect(
            sent is not None and sent.status == 409,
            f"two windows: the older page was answered {sent.status if sent else 'nothing'}",
        )
        slip = visitor.send()
        self.ledger.note("filed", key=key, reference=slip, text=sum_of(text), files=[sum_of(file)])

    def message_twice(self, token: str) -> None:
        """A message to a case, ten times with one key."""
        reference = rows(
            self.stack, "SELECT reference FROM cases_case WHERE filed_by_id IS NOT NULL ORDER BY id DESC"
        )
        text, key = a_text(), uuid.uuid4().hex
        path = f"/api/v1/concerns/{reference[0][0]}/moves/send_message/"
        answers = self.together(lambda: Line(self.site, token).send_json(path, {"text": text}, key), 10)
        told = [answer.status if answer else None for answer in answers]
        self.report.expect(told == [200] * 10, f"F17: a message sent ten times was answered {told}")
        self.ledger.note("moved", reference=reference[0][0], move="send_message", text=sum_of(text))
