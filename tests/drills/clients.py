"""People and programs that use the site while it is being broken, and write down what they were told: a tool.

Each is a thread that works until ``stop`` is set, tries again what got no answer (as a person or program would, with
the same key), and notes an answer on the disk before it believes it.
"""

from __future__ import annotations

import json
import random
import re
import string
import threading
import time
import urllib.parse
import uuid
from abc import ABC, abstractmethod
from collections import Counter
from typing import TYPE_CHECKING, Any

from tests.drills.ledger import sum_of
from tests.drills.wire import AGAIN, Answer, Line, Site, hidden, multipart
from tests.feedback.answers import ANSWERS, address

if TYPE_CHECKING:
    from tests.drills.stack import Stack


#: Run inside the set: the people of ``tests.cast``, partners, and a token for each. Prints them as JSON.
PEOPLE = """
import json
from rest_framework.authtoken.models import Token
from accounts.models import Role, User
from tests.cast import PASSWORD, make_cast
cast = make_cast()
people = dict(cast.users)
for number in range(PARTNERS):
    name = f"partner{number}"
    people[name] = User(username=name, name=name, email=f"{name}@example.invalid", role=Role.PARTNER)
    people[name].set_unusable_password()
    people[name].save()
print(json.dumps({name: Token.objects.get_or_create(user=user)[0].key for name, user in people.items()}))
"""


#: Run beside the set: every address given is confirmed soon, as if its owner had typed in the code. Whatever fails
#: while a drill does its worst is tried again.
CONFIRM = """
import time
from django.db import connection
from cases.models import Case
from cases.notices import address_confirmed
while True:
    try:
        for case in Case.objects.filter(contact__email_confirmed_at=None).exclude(contact__email=""):
            address_confirmed(case)
    except Exception:
        connection.close()
    time.sleep(0.3)
"""


def make_people(stack: Stack, partners: int = 8) -> dict[str, str]:
    """Everybody of ``tests.cast`` and partners ``partner0`` …; API tokens by name. Addresses are confirmed from now."""
    said = stack.manage("shell", "-v0", "-c", PEOPLE.replace("PARTNERS", str(partners)))
    tokens: dict[str, str] = json.loads(said.splitlines()[-1])
    stack.keep_running(CONFIRM)
    return tokens


class Client(threading.Thread, ABC):
    """Does ``once`` again and again, with a pause of up to ``pace`` seconds between."""

    def __init__(self, site: Site, token: str = "", pace: float = 0.5) -> None:
        super().__init__(daemon=True)
        self.site, self.pace = site, pace
        self.line = Line(site, token)
        self.done = 0

    @abstractmethod
    def once(self) -> None:
        """One turn of this person or program."""

    def run(self) -> None:
        while not self.site.stop.is_set():
            try:
                self.once()
                self.done += 1
            except Exception as broken:
                self.site.report.violation(f"a client broke off: {type(broken).__name__}: {broken}")
                return
            self.site.stop.wait(random.uniform(0, self.pace))


def a_text() -> str:
    """Words like no others of this drill, in two scripts; no digits, which could pass for somebody's number."""
    mark = "".join(random.choices(string.ascii_lowercase, k=24))
    return f"貨物自十一月三日起被扣，無人說明原因。 Goods held; nobody tells us why. {mark}\n第二段 – second part."


def a_concern(text: str, email: str = "", language: str = "en") -> dict[str, Any]:
    """The body of a filing by the API; without an address nobody gets mail."""
    contact = {"kind": "enterprise", "name": "Ho Siu-ming", "company": "Harbour Lantern Trading Ltd (demo)"}
    return {
        "category": "CUS-1", "division": "441900", "text": text, "language": language, "sharing": "office_only",
        "contact": {**contact, "email": email} if email else contact,
    }  # fmt: skip


class Partner(Client):
    """Files through the API, reads what it filed, and adds a message: each with a key, until it is told."""

    def once(self) -> None:
        key, text = uuid.uuid4().hex, a_text()
        facts = a_concern(text, f"{key}@example.invalid", "zh-hant")
        note = self.site.ledger.note
        note("tried", key=key)
        answer = self.line.send_json("/api/v1/concerns/", facts, key)
        if answer is None:
            return
        if answer.status != 201:
            self.site.strange("POST", "/api/v1/concerns/", answer)
            return
        reference = answer.json()["reference"]
        note("filed", key=key, reference=reference, text=sum_of(text), files=[])
        self.add_message(reference)
        self.read(reference)

    def add_message(self, reference: str) -> None:
        text, key = a_text(), uuid.uuid4().hex
        told = {"reference": reference, "move": "send_message", "text": sum_of(text)}
        self.site.ledger.note("began", **told)
        path = f"/api/v1/concerns/{reference}/moves/send_message/"
        answer = self.line.send_json(path, {"text": text}, key)
        if answer is not None and answer.status == 200:
            self.site.ledger.note("moved", **told)
        elif answer is not None:
            self.site.strange("POST", path, answer)

    def read(self, reference: str) -> None:
        answer = self.line.insist("GET", f"/api/v1/concerns/{reference}/")
        if answer is not None and answer.status == 200:
            shown = [[event["seq"], event["kind"]] for event in answer.json()["events"]]
            self.site.ledger.note("seen", reference=reference, events=shown)


class Visitor(Client):
    """Fills in the form as a browser without JavaScript does, with a file, and sends it until it holds the slip."""

    def once(self) -> None:
        self.line = Line(self.site)
        text, file = a_text(), f"材料 {uuid.uuid4()}\n".encode() * 40
        key = uuid.uuid4().hex
        if not self.answer_all(text, file):
            return
        self.site.ledger.note("tried", key=key)
        slip = self.send()
        if slip:
            self.site.ledger.note("filed", key=key, reference=slip, text=sum_of(text), files=[sum_of(file)])

    def answer_all(self, text: str, file: bytes) -> bool:
        """Every question; False if patience ran out."""
        for step, parts in ANSWERS.items():
            for part in parts if isinstance(parts, list) else [parts]:
                given = {"text": text} if step == "what-happened" else dict(part)
                if not (self.add_file(file) if step == "evidence" else True):
                    return False
                sent = self.post(step, given)
                if sent is None:
                    return False
                if sent.status != 303:
                    self.site.strange("POST", address(step), sent)
                    return False
        return True

    def post(self, step: str, given: dict[str, Any]) -> Answer | None:
        page = self.line.insist("GET", address(step))
        if page is None:
            return None
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.line.insist(
            "POST", address(step), urllib.parse.urlencode(hidden(page) | given).encode(), headers
        )

    def add_file(self, file: bytes) -> bool:
        """As a person does: looks whether the document is there before adding it again."""
        deadline = time.monotonic() + self.site.patience
        while time.monotonic() < deadline:
            page = self.line.insist("GET", address("evidence"))
            if page is None:
                return False
            if b'class="cw-file"' in page.content:
                return True
            body, kind = multipart(hidden(page) | {"_add": "1"}, file)
            self.line.ask("POST", address("evidence"), body, {"Content-Type": kind})
        return False

    def send(self) -> str:
        """The reference on the slip; empty if patience ran out. Sends again only what was not accepted."""
        deadline = time.monotonic() + self.site.patience
        while time.monotonic() < deadline:
            page = self.line.insist("GET", address("check"))
            if page is None:
                return ""
            if page.status == 200:
                body = urllib.parse.urlencode(hidden(page)).encode()
                page = self.line.ask(
                    "POST", address("check"), body, {"Content-Type": "application/x-www-form-urlencoded"}
                )
            if page is not None and page.status == 303 and page.location.endswith("/done/"):
                slip = self.line.insist("GET", address("done"))
                found = re.search(r"HKC-[0-9A-Z]{4}-[0-9A-Z]{4}", slip.content.decode()) if slip else None
                if slip is not None and (
                    found is None or not re.search(rb"\d{4} \d{4} \d{4} \d{4}", slip.content)
                ):
                    self.site.strange("GET", address("done"), slip)
                return found[0] if found else ""
            time.sleep(0.2)
        return ""


class Officer(Client):
    """Reads the queue, opens a case and writes a note or passes a message on; loses races and says so."""

    def once(self) -> None:
        listed = self.line.insist("GET", "/api/v1/cases/?ordering=-received_at")
        if listed is None or listed.status != 200:
            if listed is not None:
                self.site.strange("GET", "/api/v1/cases/", listed)
            return
        rows = listed.json()["results"]
        if not rows:
            return
        reference = random.choice(rows[:8])["reference"]
        opened = self.line.insist("GET", f"/api/v1/cases/{reference}/")
        if opened is None or opened.status != 200:
            return
        version = opened.json()["version"]
        time.sleep(random.uniform(0, 0.2))  # reads
        move = random.choice(["add_note", "send_message"])
        text = a_text()
        told = {"reference": reference, "move": move, "text": sum_of(text)}
        self.site.ledger.note("began", **told)
        path = f"/api/v1/cases/{reference}/moves/{move}/"
        # Without a key a lost answer is not asked for again: a person would look at the case first.
        answer = self.line.send_json(path, {"text": text, "version": version}, again=False)
        if answer is None or answer.status in AGAIN:
            return
        if answer.status == 200:
            self.site.ledger.note("moved", seq=answer.json()["seq"], **told)
        elif answer.status == 409:
            self.site.ledger.note("refused", **told)
        else:
            self.site.strange("POST", path, answer)


class Load:
    """Clients at work for the length of a ``with`` block; afterwards each has ended what it had begun."""

    def __init__(self, site: Site, clients: list[Client]) -> None:
        self.site, self.clients = site, clients

    def __enter__(self) -> Load:
        self.site.stop.clear()
        for client in self.clients:
            client.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.site.stop.set()
        deadline = time.monotonic() + self.site.patience + 120
        for client in self.clients:
            client.join(max(1.0, deadline - time.monotonic()))
            if client.is_alive():
                self.site.report.violation(f"a client ({type(client).__name__}) did not come to an end")

    def done(self) -> dict[str, int]:
        work: Counter[str] = Counter()
        for client in self.clients:
            work[type(client).__name__] += client.done
        return dict(work)
