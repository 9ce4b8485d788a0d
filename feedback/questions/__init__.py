"""One small form a question. Labels are the questions themselves; what is refused is kept all the same."""

from feedback.questions.problem import (
    RAISED_BEFORE,
    AuthorityNamed,
    CourtProceedings,
    Evidence,
    ExactSubject,
    ForWhom,
    Subject,
    Wanted,
    WhatHappened,
    When,
    Where,
)
from feedback.questions.quick import QuickQuestion
from feedback.questions.step_form import StepForm
from feedback.questions.you import AboutYou, ContactStep, SharingStep

__all__ = [
    "RAISED_BEFORE",
    "AboutYou",
    "AuthorityNamed",
    "ContactStep",
    "CourtProceedings",
    "Evidence",
    "ExactSubject",
    "ForWhom",
    "QuickQuestion",
    "SharingStep",
    "StepForm",
    "Subject",
    "Wanted",
    "WhatHappened",
    "When",
    "Where",
]
