"""A walk through the whole API by its own schema: schemathesis makes the calls, real cases make them matter."""

from __future__ import annotations

import copy
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import hypothesis
import requests
import schemathesis
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.modes import GenerationMode

#: Whether a body that the schema allows is accepted depends on what is in the database, so that is not asked;
#: the others of these follow one call with others.
NOT_ASKED = {
    "positive_data_acceptance",
    "use_after_free",
    "ensure_resource_availability",
    "max_response_time",
}

#: Fields that speak of other rows: there the example is sent, which is in the reference data.
CODES = {"category", "division", "user", "to_office", "authorities", "to"}


@dataclass
class Subjects:
    """What the calls are made about: references with their tracking codes, and referrals."""

    codes: dict[str, str]
    referrals: list[str]


@dataclass
class Walk:
    """What one role did and found."""

    statuses: Counter[int] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    @property
    def calls(self) -> int:
        return sum(self.statuses.values())


def calls_by_schema(origin: str, *, seed: int, right: int, wrong: int) -> list[Any]:
    """The example of every operation, and so many right and wrong calls of it, the same for the same seed."""
    schema = schemathesis.openapi.from_url(f"{origin}/api/v1/schema/")
    found: list[Any] = []
    for one in schema.get_all_operations():
        operation: Any = one.ok()  # type: ignore[union-attr]  # the schema is valid, as another test says
        found.append(_example(operation))
        found += _drawn(operation, GenerationMode.POSITIVE, seed, right) if right else []
        found += _drawn(operation, GenerationMode.NEGATIVE, seed, wrong)
    return found


def _example(operation: Any) -> Any:
    """The call as the schema itself shows it."""
    written = operation.definition.raw
    places: dict[str, dict[str, Any]] = {"path": {}, "header": {}}
    for one in written.get("parameters", []):
        if one.get("required"):
            places[one["in"]][one["name"]] = next(iter(one["examples"].values()))["value"]
    more: dict[str, Any] = {}
    if "requestBody" in written:
        more = {"body": _example_body(operation), "media_type": "application/json"}
    return operation.Case(path_parameters=places["path"], headers=places["header"], **more)


def _drawn(operation: Any, mode: GenerationMode, seed: int, examples: int) -> list[Any]:
    drawn: list[Any] = []

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    def draw(case: Any) -> None:
        # Where little can be wrong, some of the calls drawn as wrong are right.
        if mode is GenerationMode.POSITIVE or _is_wrong(case):
            drawn.append(case)

    try:
        draw()
    except hypothesis.errors.Unsatisfiable:  # a call without body or parameters cannot be wrong
        assert mode is GenerationMode.NEGATIVE, operation.label
    return drawn[:examples]


def _example_body(operation: Any) -> dict[str, Any]:
    examples = operation.definition.raw["requestBody"]["content"]["application/json"]["examples"]
    body: dict[str, Any] = copy.deepcopy(next(iter(examples.values()))["value"])
    return body


def walk(origin: str, token: str, calls: list[Any], subjects: Subjects, *, seed: int) -> Walk:
    """Make the calls as the owner of ``token`` (nobody if empty); says what broke the schema or the server."""
    load_all_checks()
    checks = [check for check in CHECKS.get_all() if check.__name__ not in NOT_ASKED]
    headers = {"Authorization": f"Token {token}"} if token else {}
    aim = _Aim(origin, headers, subjects, random.Random(seed))
    found = Walk()
    for call in calls:
        unasked = set() if _is_wrong(call) else {"negative_data_rejection"}
        with aim.at(call):
            # A wrong tracking code is 404 (T01), which the check of authentication takes for none.
            unasked |= {"ignored_auth"} if "/concerns/{" in call.path else set()
            asked = [check for check in checks if check.__name__ not in unasked]
            response = call.call(base_url=origin, headers=headers, timeout=30)
            found.statuses[response.status_code] += 1
            try:
                call.validate_response(response, checks=asked, headers=headers)
            except (Failure, FailureGroup) as failed:
                for one in getattr(failed, "exceptions", [failed]):
                    if not _cleaned_to_fit(one):
                        found.failures.append(
                            f"{call.operation.label}: {one.title}: {one.message} [{response.status_code}] "
                            f"{call!r} -> {response.text[:300]}"
                        )
    return found


def _is_wrong(call: Any) -> bool:
    """Whether it was drawn as wrong. Asked before the call is aimed, which schemathesis would judge as well."""
    return call.meta is not None and any(call.meta.is_negative_at(place) for place in ParameterLocation)


def _cleaned_to_fit(failure: Failure) -> bool:
    """Characters that nobody sees are taken away before a text is counted, so a longer one may be accepted."""
    return failure.title == "Schema-violating request accepted" and "violates `maxLength`" in failure.message


class _Aim:
    """Lets most calls meet a case that is there, in its present version: otherwise nearly all would be 404."""

    def __init__(
        self, origin: str, headers: dict[str, str], subjects: Subjects, chance: random.Random
    ) -> None:
        self.origin, self.headers, self.subjects, self.chance = origin, headers, subjects, chance

    @contextmanager
    def at(self, call: Any) -> Iterator[None]:
        """The call aimed; afterwards it is as it was, for the next role."""
        kept = dict(call.path_parameters or {}), dict(call.headers or {}), copy.copy(call.body)
        try:
            self._aim(call)
            yield
        finally:
            call.path_parameters, call.headers, call.body = kept

    def _aim(self, call: Any) -> None:
        for name in [name for name in call.headers or {} if name.lower() == "host"]:
            del call.headers[name]  # to another host nginx does not answer at all
        wrong = call.meta.is_negative_at if call.meta else lambda place: False
        where = call.path_parameters
        if wrong(ParameterLocation.PATH) or not where or self.chance.random() < 0.1:
            return
        if "uuid" in where and self.subjects.referrals:
            where["uuid"] = self.chance.choice(self.subjects.referrals)
        if "reference" not in where:
            return
        reference = where["reference"] = self.chance.choice(sorted(self.subjects.codes))
        right_header = not wrong(ParameterLocation.HEADER)
        if "/concerns/" in call.path and right_header and self.chance.random() < 0.9:
            call.headers["X-Tracking-Code"] = self.subjects.codes[reference]
        if not isinstance(call.body, dict) or wrong(ParameterLocation.BODY):
            return
        shown = _example_body(call.operation)
        call.body |= {name: shown[name] for name in CODES & set(call.body) & set(shown)}
        if "version" in call.body:
            seen = requests.get(f"{self.origin}/api/v1/cases/{reference}/", headers=self.headers, timeout=10)
            call.body["version"] = seen.json().get("version", 1)
