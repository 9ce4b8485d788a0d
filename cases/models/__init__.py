"""The rows of the heart. A case changes only through ``cases.actions``."""

from cases.models.alarm import Recount, TakenStep, Telling
from cases.models.answer import Answer
from cases.models.calls import SentCall
from cases.models.case import Case, CaseQuerySet
from cases.models.composing import Composed, HeldMessage
from cases.models.event import Event, Note, Notice, Reading
from cases.models.guidance_version import GuidanceVersion
from cases.models.imported import Import, ImportedRow
from cases.models.issue import (
    IssueCase,
    IssueCounter,
    IssueEvent,
    IssueNews,
    IssueNote,
    IssueStatus,
    IssueTelling,
    SystemicIssue,
)
from cases.models.letter import Disclosure, Letter, LetterCounter, LetterVersion, ReminderLetter
from cases.models.people import Contact, NameKey, OnBehalf, Reader, SharingChoice
from cases.models.referral import Referral
from cases.models.reported import ReportedMonth
from cases.models.retention import RetentionItem, RetentionRun
from cases.models.words import Attachment, CaseLink, Extension, Message, Question, SearchText, Statement

__all__ = [
    "Answer",
    "Attachment",
    "Case",
    "CaseLink",
    "CaseQuerySet",
    "Composed",
    "Contact",
    "Disclosure",
    "Event",
    "Extension",
    "GuidanceVersion",
    "HeldMessage",
    "Import",
    "ImportedRow",
    "IssueCase",
    "IssueCounter",
    "IssueEvent",
    "IssueNews",
    "IssueNote",
    "IssueStatus",
    "IssueTelling",
    "Letter",
    "LetterCounter",
    "LetterVersion",
    "Message",
    "NameKey",
    "Note",
    "Notice",
    "OnBehalf",
    "Question",
    "Reader",
    "Reading",
    "Recount",
    "Referral",
    "ReminderLetter",
    "ReportedMonth",
    "RetentionItem",
    "RetentionRun",
    "SearchText",
    "SentCall",
    "SharingChoice",
    "Statement",
    "SystemicIssue",
    "TakenStep",
    "Telling",
]
