"""INTERIM by the lead so that the gate runs; helper L replaces this file whole."""
from __future__ import annotations
import hashlib
from typing import Any
from cases.models import Disclosure, Letter, LetterCounter, LetterVersion
from cases.refusals import InputRefused

FIELDS = {"name": "Name", "company": "Company"}

def begin(case: Any, by: Any, at: Any, inputs: dict[str, Any]) -> None:
    for r in case.referrals.filter(state="drafted", versions=None):
        LetterVersion.objects.create(referral=r, number=1, subject="函", body="【待填：事由】", at=at)

def new_version(referral: Any, by: Any, at: Any, inputs: dict[str, Any]) -> dict[str, Any]:
    n = referral.versions.count() + 1
    LetterVersion.objects.create(referral=referral, number=n, subject=inputs["subject"], body=inputs["body"], disclosed=inputs.get("disclosed", []), author=by.user, at=at)
    return {**inputs, "number": n}

def _hash(referral: Any) -> str:
    v = referral.last_version
    return hashlib.sha256(f"{v.subject}{v.body}{v.disclosed}".encode()).hexdigest()

def fix(referral: Any, by: Any, at: Any, inputs: dict[str, Any]) -> dict[str, Any]:
    if "【待填" in referral.last_version.body:
        raise InputRefused({"body": "placeholder"})
    return {"content_hash": _hash(referral)}

def finalise(referral: Any, by: Any, at: Any, inputs: dict[str, Any]) -> dict[str, Any]:
    sent_on = inputs["sent_on"]
    LetterCounter.objects.get_or_create(office=referral.office, year=sent_on.year)
    c = LetterCounter.objects.select_for_update().get(office=referral.office, year=sent_on.year)
    c.last += 1
    c.save()
    letter = Letter.objects.create(referral=referral, office=referral.office, year=sent_on.year, number=c.last, version=referral.last_version, document=b"x", sha256=_hash(referral), at=at)
    Disclosure.objects.create(case=referral.case, referral=referral, authority=referral.authority, at=at)
    return {**inputs, "letter": letter}
