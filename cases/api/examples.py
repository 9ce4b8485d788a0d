"""Answers to staff as they look, for readers of the schema. All of it is invented."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample


def answer(value: Any) -> list[OpenApiExample]:
    """This value as the example of an answer."""
    return [OpenApiExample("example", value=value, response_only=True)]


CASE: dict[str, Any] = {
    "reference": "HKC-7M2K-9QXV",
    "state": "referred",
    "stage": "referred",
    "version": 7,
    "title": "Our goods have been held at the port since 3 November.",
    "office": "GDETO",
    "co_office": None,
    "liaison_unit": None,
    "moving_to": None,
    "category": "CUS-1",
    "division": "441900",
    "level": "municipal",
    "proceedings": "none",
    "referable": "yes",
    "priority": "normal",
    "escalation_level": 0,
    "assignee": "amina",
    "waiting_for": "authority",
    "due_before": "2026-12-21",
    "due_time": None,
    "due_paused": True,
    "language": "en",
    "sharing": "office_only",
    "filer_kind": "enterprise",
    "enquiry": False,
    "outcome": "",
    "outcome_why": "",
    "received_at": "2026-11-16T09:30:00+08:00",
    "updated_at": "2026-11-20T15:05:00+08:00",
    "ended_at": None,
}
SUGGESTION: dict[str, Any] = {
    "office": "GDETO",
    "office_why": {
        "en": "The text speaks of Dongguan, which the Guangdong ETO looks after.",
        "zh_hant": "內文提及東莞，由駐粵經濟貿易辦事處負責。",
        "zh_hans": "正文提到东莞，由驻粤经济贸易办事处负责。",
    },
    "liaison_unit": None,
    "co_office": None,
    "co_handlers": [],
    "urgency": "normal",
    "urgency_why": None,
    "province": "440000",
    "prefecture": "441900",
    "division": "441900",
    "categories": [
        {
            "id": "CUS-1",
            "score": 0.262,
            "why": {
                "en": "The text speaks of matters that the same authority looks after.",
                "zh_hant": "內文提及由同一機關負責的事項。",
                "zh_hans": "正文提到由同一机关负责的事项。",
            },
        }
    ],
    "authorities": [
        {
            "type": "CUSTOMS",
            "level": "provincial",
            "id": "CUSTOMS-5200",
            "name": "Huangpu Customs",
            "names": {"en": "Huangpu Customs", "zh_hant": "黃埔海關", "zh_hans": "黄埔海关"},
            "score": 0.9,
            "why": {
                "en": "Customs follows its own districts; this place belongs to Huangpu Customs.",
                "zh_hant": "海關按關區管轄，此地屬黃埔海關。",
                "zh_hans": "海关按关区管辖，此地属黄埔海关。",
            },
        }
    ],
    "referable": "yes",
    "ask": [],
}
CASE_DETAIL: dict[str, Any] = {
    **CASE,
    "statement": {
        "text": "Our goods have been held at the port since 3 November and nobody tells us why.",
        "wanted": "Release of the goods.",
        "started": "2026-11",
        "authority_named": "Huangpu Customs",
        "sector": "",
        "declared_proceedings": "none",
    },
    "suggestion": SUGGESTION,
    "moves": ["add_note", "ask", "release", "correct", "escalate", "record_answer", "send_message"],
}
EVENT: dict[str, Any] = {
    "seq": 8,
    "public_seq": 4,
    "at": "2026-11-23T10:15:00+08:00",
    "move": "send_message",
    "kind": "message",
    "by": "Amina",
    "by_kind": "staff",
    "on_behalf": "",
    "channel": "",
    "state_before": "referred",
    "state_after": "referred",
    "referral": None,
    "referral_before": "",
    "referral_after": "",
    "changes": {},
    "data": {},
    "message": "The customs office has released the goods.",
    "note": "",
}
REFERRAL: dict[str, Any] = {
    "uuid": "6f1c1f0e-8f0a-4c55-9a53-0f6f3ac1d7b2",
    "authority": "CUSTOMS-5200",
    "authority_name": {"en": "Huangpu Customs", "zh_hant": "黃埔海關", "zh_hans": "黄埔海关"},
    "state": "sent",
    "kind": "concern",
    "disclose": "nothing",
    "is_lead": True,
    "number": "GDETO/2026/0001",
    "channel": "post",
    "sent_on": "2026-11-20",
    "acknowledged_on": None,
    "reminders": 0,
    "ended_on": None,
    "refusal_reason": "",
    "moves": ["acknowledge", "chase", "refuse", "transfer"],
}
