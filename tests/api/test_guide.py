"""The guide for partners does what it says: its curl commands, made as it writes them."""

import json
import re
import shlex
from pathlib import Path

import pytest
from django.conf import settings
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

pytestmark = pytest.mark.django_db
GUIDE = Path(settings.BASE_DIR, "docs", "api.md")


def commands():
    for block in re.findall(r"```bash\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.S):
        for command in re.split(r"(?m)^(?=curl )", block):
            if command.strip():
                yield command


def made(command, values):
    """The answer to one curl command with these values for its variables."""
    for name, value in values.items():
        command = command.replace(f"${name}", value)
    words = iter(shlex.split(command.replace("\\\n", ""))[1:])
    method, headers, body, address = "GET", {}, "", ""
    for word in words:
        if word == "-X":
            method = next(words)
        elif word == "-H":
            name, _, value = next(words).partition(": ")
            headers[name] = value
        elif word == "-d":
            body = next(words)
        else:
            address = word
    kind = headers.pop("Content-Type", "application/json")
    return APIClient().generic(method, address, body.encode(), kind, headers=headers)


def test_every_command_of_the_guide_works_as_written(cast):
    values = {"ORIGIN": "", "TOKEN": Token.objects.create(user=cast.partner).key}
    statuses = []
    for command in commands():
        answer = made(command, values)
        statuses.append(answer.status_code)
        assert answer.status_code in (200, 201), (command, answer.content)
        if answer.status_code == 201:
            values["REFERENCE"] = answer.json()["reference"]
    assert statuses == [200, 200, 201, 200, 200, 200, 200]


def test_the_same_command_again_is_the_same_concern(cast):
    values = {"ORIGIN": "", "TOKEN": Token.objects.create(user=cast.partner).key}
    filing = next(command for command in commands() if "order-2026-1187" in command)
    first, again = made(filing, values), made(filing, values)
    assert first.json()["reference"] == again.json()["reference"]
    assert (first.headers.get("Idempotent-Replayed"), again["Idempotent-Replayed"]) == (None, "true")
    assert json.loads(again.content)["tracking_code"] != first.json()["tracking_code"]
