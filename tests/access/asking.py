"""Asking as any role: the client it has, the address filled in, and whether the answer let it in."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin.utils import quote
from django.db import transaction
from django.http.cookie import SimpleCookie
from django.test import Client

from cases.models import Import, SystemicIssue
from tests.access.routes import admin_models
from tests.access.table import Line
from tests.access.world import World

#: Where somebody is sent who has to sign in or give a code first.
TO_THE_DOOR = re.compile(r"^(/accounts/login/\?next=|/admin/login/|/(en|zh-hant|zh-hans)/track/\?reference=)")
TURNED_AWAY = (401, 403, 404, 405, 410)
#: What a form or call answers that was let in and given nothing, or something else than it asks for.
LET_IN = (200, 201, 204, 301, 302, 303, 304, 400, 409, 413, 415, 422, 428, 429)
#: What stands for a parameter where a line of the table does not say.
#: What a move is given besides the version, so that only the person can be what is wrong with it.
INPUTS = {"add_note": {"text": "A note."}, "send_message": {"text": "A message."}, "chase": {"channel": "phone"},
          "recall": {"reason": "It was sent in error."}}  # fmt: skip
EXAMPLES = {"lang": "en", "move": "add_note", "step": "for-whom", "pk": "1", "app_label": "routing", "url": "nothing/",
            "content_type_id": "1", "id": "1", "kind": "notice", "provider_id": "office", "who": "MQ", "token": "x",
            "number": "1", "category": "TAX", "version": "2026-11",
            "code": "all.can", "act": "undo", "change": "take_up"}  # fmt: skip


class Unfilled(Exception):
    """An address has a parameter of which nothing is known here."""


def address_of(address: str, example: str, world: World) -> str:
    """The address with this world's case, files and letters in it."""

    def value(found: re.Match[str]) -> str:
        name = found[1]
        if name == "move" and example:
            return example
        if name == "reference":
            return world.case.reference
        if name == "issue":
            return SystemicIssue.objects.get().number
        if name == "uuid":
            return str(_uuid(address, example, world))
        if name == "object_id":
            return _object(address)
        if name in EXAMPLES:
            return EXAMPLES[name]
        raise Unfilled(f"{address}: say in tests/access/asking.py what stands for <{name}>")

    return re.sub(r"<(\w+)>", value, address)


def _uuid(address: str, example: str, world: World) -> Any:
    if "/files/" in address:
        return (world.authority_file if "authority" in example else world.business_file).uuid
    if "/import/" in address:
        return Import.objects.get(by_user=world.cast.users["may"]).uuid
    return world.referral.uuid


def _object(address: str) -> str:
    parts = address.split("/")
    model = admin_models().get("/".join(parts[2:4]))
    first = model.objects.order_by("pk").first() if model is not None else None
    return quote(str(first.pk)) if first is not None else "1"


class Asker:
    """A browser or program of one role. A request leaves database and cookies as they were, unless it ``keeps``."""

    def __init__(self, world: World, role: str, *, keeps: bool = False) -> None:
        self.keeps = keeps
        self.cookies, self.headers = world.cookies[role], world.headers[role]
        self.client = Client(raise_request_exception=False)

    def ask(self, method: str, address: str, inputs: dict[str, Any] | None = None, **headers: str) -> Any:
        """The answer, with all its bytes as ``body``.

        ``inputs`` are what the form or call takes; headers are given as ``Sec_Fetch_Site="cross-site"``.
        """
        self.client.cookies = SimpleCookie(self.cookies)
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        body: dict[str, Any] = {}
        if address.startswith("/api/"):
            told = self.headers | told
            if method in ("POST", "PUT", "PATCH"):
                body = {"data": json.dumps(inputs or {}), "content_type": "application/json"}
        elif method == "POST":
            body = {"data": urlencode(inputs or {}), "content_type": "application/x-www-form-urlencoded"}
        with transaction.atomic():
            answer: Any = self.client.generic(method, address, headers=told, **body)
            answer.body = answer.getvalue()  # which also closes a file that is handed out
            transaction.set_rollback(not self.keeps)
        return answer


def inputs_of(line: Line, world: World) -> dict[str, Any]:
    """What is posted on this line: nothing, except to a move."""
    if line.example not in INPUTS and "moves" not in line.address:
        return {}
    given = INPUTS.get(line.example, {})
    if "/track/" in line.address or "/concerns/" in line.address:
        return given
    seen = {"version": world.case.seq}
    return {**given, **seen} if line.address.startswith("/api/") else {**given, **seen, "confirmed": "yes"}


def got_in(answer: Any) -> bool:
    """Whether this role was let in. Raises ``AssertionError`` for an answer that is neither."""
    status = answer.status_code
    if status in TURNED_AWAY:
        return False
    if status in (301, 302, 303) and TO_THE_DOOR.match(answer.headers["Location"]):
        return False
    assert status in LET_IN, f"answered {status}, which is neither in nor out"
    return True
