"""A concern on its way in and out, for readers of the schema. All of it is invented."""

from __future__ import annotations

from typing import Any

CONCERN_BODY: dict[str, Any] = {
    "category": "CUS-1",
    "division": "441900",
    "text": "Our goods have been held at the port since 3 November and nobody tells us why.",
    "wanted": "Release of the goods.",
    "started": "2026-11",
    "authority_named": "Huangpu Customs",
    "language": "en",
    "sharing": "office_only",
    "on_behalf_of": "Harbour Lantern Trading Ltd (demo)",
    "authorisation": "request",
    "authorised_on": "2026-11-10",
    "contact": {
        "kind": "enterprise",
        "name": "Ho Siu-ming",
        "company": "Harbour Lantern Trading Ltd (demo)",
        "email": "ho@example.invalid",
    },
}
_OFFICE = {"id": "GDETO", "name": "Guangdong ETO"}
_HERE = "https://causeway.example/api/v1/concerns/HKC-7M2K-9QXV/"
RECEIPT: dict[str, Any] = {
    "reference": "HKC-7M2K-9QXV",
    "tracking_code": "8822144613513407",
    "state": "received",
    "stage": "received",
    "office": _OFFICE,
    "links": {
        "concern": _HERE,
        "events": f"{_HERE}events/",
        "page": "https://causeway.example/en/track/HKC-7M2K-9QXV/",
    },
}
RECEIPT_WITHOUT_CODE: dict[str, Any] = RECEIPT | {"tracking_code": ""}
EVENT: dict[str, Any] = {
    "seq": 2,
    "at": "2026-11-18T11:20:00+08:00",
    "kind": "question",
    "text": "We asked you a question, please answer by 2 December 2026\n\nWhich declaration number?",
    "words": "Which declaration number?",
    "words_language": "en",
    "by_business": False,
    "office": "Guangdong ETO",
    "files": [],
}
LINE: dict[str, Any] = {
    "reference": "HKC-7M2K-9QXV",
    "stage": "assessing",
    "status": "We are looking into it",
    "waiting_for": "business",
    "office": _OFFICE,
    "last_seq": 2,
    "question_open": True,
    "on_behalf_of": "Harbour Lantern Trading Ltd (demo)",
    "received_at": "2026-11-16T09:30:00+08:00",
}
CONCERN: dict[str, Any] = {
    **{name: value for name, value in LINE.items() if name != "on_behalf_of"},
    "next_step": {
        "code": "answer_by",
        "date": "2026-12-02",
        "text": "Please answer our question by 2 December 2026. The office waits for you.",
    },
    "answer_by": "2026-12-02",
    "may": {
        "reply": True,
        "send_message": True,
        "accept_outcome": False,
        "contest_outcome": False,
        "rate": False,
        "set_sharing": True,
        "set_contact": True,
        "withdraw": True,
        "request_reopen": False,
        "request_erasure": True,
    },
    "events": [EVENT],
}
