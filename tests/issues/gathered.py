"""Issues with cases in them, made as people make them."""

from cases.issues.acts import open_issue
from cases.models import Case, SystemicIssue
from routing.models import Category, Division, Office
from tests.cast import file_case, move

TEXTS = {
    "text_en": "The authority has withdrawn the new charge from 1 December.",
    "text_zh_hant": "有關當局由十二月一日起取消該項新收費。",
    "text_zh_hans": "有关部门自十二月一日起取消该项新收费。",
}


def an_issue(by, **changes) -> SystemicIssue:
    facts = {
        "title": "New charge at the port",
        "summary": "Since October a charge is asked that no tariff names.",
        "category": Category.objects.get(pk="CUS-1"),
        "division": Division.objects.get(pk="441900"),
        "lead_office": Office.objects.get(pk="GDETO"),
    } | changes
    return open_issue(by, **facts)


def fresh(issue) -> SystemicIssue:
    return SystemicIssue.objects.get(pk=issue.pk)


def gathered_case(cast, issue, *, by="amina", tell_news=False, **changes) -> Case:
    case = file_case(**changes)
    move(case, "join_issue", cast.staff(by), issue=issue, tell_news=tell_news)
    return Case.objects.get(pk=case.pk)
