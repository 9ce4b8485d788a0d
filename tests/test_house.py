"""The promises of the house, kept by machine."""

import ast
import inspect
import re
import subprocess
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver

from cases.forms import CASE_FORMS, REFERRAL_FORMS
from cases.models import Case, Referral
from cases.models.machine import moves_of
from cases.public import SENTENCES, STATUS
from cases.states import State

ROOT = Path(settings.BASE_DIR)
ROOMS = [
    "accounts",
    "cases",
    "config",
    "feedback",
    "jobs",
    "look",
    "operations",
    "reports",
    "routing",
    "text",
]
EMPTY_NAMES = {
    "utils", "helpers", "common", "core", "base", "services", "managers", "mixins", "constants", "signals",
}  # fmt: skip
#: Django looks for a database backend under this name only.
NAMED_BY_DJANGO = {Path("config/postgresql/base.py")}

#: Inputs that the gate, a handover or the sweep gives, beside those of the form.
FROM_THE_GATE = {
    "by", "at", "self",
    ("draft", "number"), ("approve", "content_hash"), ("send", "letter"),
    ("assign", "of"), ("tell_of_issue", "telling"), ("release", "of"), ("escalate", "rule"),
}  # fmt: skip


def sources():
    return [
        path
        for room in [*ROOMS, "tests"]
        for path in (ROOT / room).rglob("*.py")
        if "migrations" not in path.parts
    ]


@pytest.mark.parametrize(("model", "forms"), [(Case, CASE_FORMS), (Referral, REFERRAL_FORMS)])
def test_every_move_has_a_form_and_a_permission(model, forms):
    moves = moves_of(model)
    assert set(moves) == set(forms)
    for name, meta in moves.items():
        for way in meta.transitions.values():
            assert callable(way.permission), name
            for condition in way.conditions or ():
                assert str(condition.says), condition.__name__


@pytest.mark.parametrize(("model", "forms"), [(Case, CASE_FORMS), (Referral, REFERRAL_FORMS)])
def test_every_form_asks_exactly_what_its_move_takes(model, forms):
    for name, form in forms.items():
        takes = set(inspect.signature(inspect.unwrap(getattr(model, name))).parameters)
        takes = {p for p in takes if p not in FROM_THE_GATE and (name, p) not in FROM_THE_GATE}
        asked = set(form.base_fields) | FIELDS_ADDED_LATER.get((model, name), set())
        assert asked == takes, f"{model.__name__}.{name}"


#: Fields whose contract name is also an attribute of the form class, so the form adds them itself.
FIELDS_ADDED_LATER = {(Case, "correct"): {"title"}, (Referral, "draft"): {"subject"}}


def test_every_public_kind_has_a_sentence():
    for model in (Case, Referral):
        for name, meta in moves_of(model).items():
            for way in meta.transitions.values():
                for kind in (way.custom or {}).get("kinds", []):
                    assert kind in SENTENCES, (name, kind)


def test_every_state_has_one_public_stage_with_words():
    assert {State(s) for s in STATUS} == set(State) - {State.AWAITING}


def test_no_file_has_a_name_that_promises_nothing():
    named = [p.relative_to(ROOT) for p in sources() if p.stem in EMPTY_NAMES]
    assert not set(named) - NAMED_BY_DJANGO


def test_no_source_file_is_longer_than_400_lines():
    long = {
        str(p.relative_to(ROOT)): n
        for p in sources()
        if p.parts[len(ROOT.parts)] != "tests" and (n := len(p.read_text().splitlines())) > 400
    }
    assert not long


def test_only_the_gate_and_the_rows_themselves_write_a_case():
    """A case is saved, updated or created in ``cases.actions`` alone (and by the demo's bulk loader)."""
    writing = re.compile(
        r"\bCase\.objects\.(create|bulk_create|bulk_update|update_or_create)\b|\bcase\.save\("
    )
    allowed = {"cases/actions.py", "cases/demo/bulk.py"}
    found = {
        str(p.relative_to(ROOT))
        for p in sources()
        if p.parts[len(ROOT.parts)] != "tests" and writing.search(p.read_text())
    }
    assert found <= allowed, found - allowed


def test_only_live_speaks_to_the_channel_layer():
    found = {
        str(p.relative_to(ROOT))
        for p in sources()
        if "group_send" in p.read_text() and p.parts[len(ROOT.parts)] != "tests"
    }
    assert found <= {"cases/live.py", "operations/health.py"}


def test_nothing_is_marked_safe_by_hand():
    """Words of people reach a page only through Django's escaping."""
    for path in sources():
        if path.parts[len(ROOT.parts)] == "tests":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            name = getattr(node, "id", getattr(node, "attr", ""))
            assert name != "mark_safe", path
    for path in (ROOT / "templates").rglob("*.*"):
        assert "|safe" not in path.read_text().replace("|safeseq", ""), path


#: Views anybody may open; every other one asks for a sign-in. A new name here is a decision.
OPEN_ROOMS = (
    "feedback.",
    "config.",
    "operations.exposition",
    "operations.health",
    "allauth.",
    "django.views.i18n",
    "django.views.static",
)
#: Steps of signing in, which nobody has done yet who takes them.
OPEN_VIEWS = {
    "accounts.home.administration_sign_in",
    "accounts.idle.sign_in_state",
    "accounts.invitations.set_password",
    "accounts.kept.send_again",
    "accounts.provider.go_to_provider",
    "accounts.set_up.finish",
    "accounts.set_up.set_up_factor",
}


def test_every_view_outside_the_open_rooms_asks_for_a_sign_in():
    for pattern, view in routes(get_resolver()):
        module = getattr(view, "__module__", "")
        if module.startswith(OPEN_ROOMS) or "admin" in module or "rest_framework" in module:
            continue
        if hasattr(getattr(view, "cls", None), "permission_classes"):
            assert view.cls.permission_classes, pattern
            continue
        if f"{module}.{getattr(view, '__name__', '')}" in OPEN_VIEWS:
            continue
        assert getattr(view, "login_required", True), pattern


def routes(resolver, prefix=""):
    for entry in resolver.url_patterns:
        here = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from routes(entry, here)
        elif isinstance(entry, URLPattern):
            yield here, entry.callback


def test_no_secret_or_machine_path_is_in_the_repository():
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    for name in tracked:
        path = ROOT / name
        if path.suffix in {".png", ".json", ".yaml"} or not path.is_file():
            continue
        text = path.read_text(errors="ignore")
        assert "BEGIN PRIVATE KEY" not in text or name == "tests/test_house.py", name
        assert "/wor" + "k/" not in text, name


def test_the_drawn_state_machines_are_those_of_the_code():
    from cases.management.commands.draw_states import document

    assert (ROOT / "docs" / "states.md").read_text(encoding="utf-8") == document()
