"""The receipt: a PDF that tells what was received and what comes, and opens nothing (issue 5, W4, W5)."""

import re

import pypdfium2
import pytest
from django.test import Client

from cases import tracking
from feedback import receipts
from tests.cast import file_case

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(cast):
    return file_case()


def follower(case):
    browser = Client()
    session = browser.session
    tracking.remember(session, case.reference)
    session.save()
    return browser


def text_of(pdf):
    with pypdfium2.PdfDocument(pdf) as document:
        return "\n".join(page.get_textpage().get_text_range() for page in document)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["We received your concern", "What happens next", "Clearance delay"]),
        ("zh-hant", ["我們已收到你的個案", "通關延誤", "東莞"]),
        ("zh-hans", ["我们已收到您的个案", "通关延误", "东莞"]),
    ],
)
def test_a_receipt_can_be_read_back_in_each_language_and_names_nobody(case, language, words):
    answer = follower(case).get(f"/{language}/track/{case.reference}/receipt/")
    assert answer.status_code == 200 and answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == f'attachment; filename="{case.reference}.pdf"'
    assert "no-store" in answer["Cache-Control"]
    said = re.sub(r"\s+", " ", text_of(answer.content))
    for wanted in [case.reference, "/track/?reference=", *words]:
        assert wanted in said, said
    for secret in ("Ho Siu", "Harbour", "ho@example", "held since"):
        assert secret not in said


def test_its_code_leads_to_the_page_that_asks_for_the_tracking_code(case, settings, monkeypatch):
    asked = []
    real = receipts._modules
    monkeypatch.setattr(receipts, "_modules", lambda text: asked.append(text) or real(text))
    follower(case).get(f"/zh-hant/track/{case.reference}/receipt/")
    assert asked == [f"{settings.SITE_ORIGIN}/zh-hant/track/?reference={case.reference}"]


def test_without_the_code_there_is_no_receipt(client, case):
    assert client.get(f"/en/track/{case.reference}/receipt/").status_code == 303
    assert client.get("/en/concerns/new/receipt/").status_code == 303


def test_where_it_cannot_be_drawn_it_is_not_offered(case, monkeypatch):
    browser = follower(case)
    assert "/receipt/" in browser.get(f"/en/track/{case.reference}/").content.decode()
    for place in ("feedback.receipts.can_be_drawn", "feedback.following.can_be_drawn"):
        monkeypatch.setattr(place, lambda _language: False)
    assert "/receipt/" not in browser.get(f"/en/track/{case.reference}/").content.decode()
    assert browser.get(f"/en/track/{case.reference}/receipt/").status_code == 404


def test_nothing_is_fetched_while_it_is_drawn():
    with pytest.raises(ValueError, match="loads nothing"):
        receipts._nothing_from_outside("https://example.invalid/font.woff2")
