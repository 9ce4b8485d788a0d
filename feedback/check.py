"""The check page's list of answers, and the dates of the page after sending."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.utils.translation import get_language, gettext, pgettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Language
from cases.clocks import promises
from cases.models import Case
from cases.states import Authorisation, FilerKind, Proceedings, Sharing
from feedback.questions import RAISED_BEFORE
from routing.coverage import Covering
from routing.models import Category, Division
from text.dates import long_date

FOR_WHOM = {
    "own": _("My own company, or myself"),
    "client": _("A client"),
    "member": _("A member of our chamber or association"),
}
#: Makes one row of the answers, see ``answers_shown``.
Row = Callable[..., dict[str, Any]]
#: What is promised by a date on the page after sending.
PROMISED = {
    "office_reads_by": _("An officer reads it by %(date)s."),
    "first_contact_by": _("You hear from an officer by %(date)s."),
}


def answers_shown(
    facts: dict[str, Any], covering: Covering, files: list[dict[str, Any]], change: Callable[[str], str]
) -> list[dict[str, Any]]:
    """Sections of answers as ``parts/answers.html`` takes them."""

    def row(term: Any, value: Any, step: str = "", what: Any = "", **more: Any) -> dict[str, Any]:
        return {"term": term, "value": value, "change": change(step) if step else "", "what": what, **more}

    documents = row(gettext("Documents"), "", "evidence", gettext("Change the documents"), files=files)
    sharing = row(
        gettext("Sharing"),
        Sharing(facts["sharing"]).label,
        "sharing",
        gettext("Change who may see who you are"),
    )
    return [
        {"heading": gettext("About the problem"), "answers": _problem(facts, covering, row)},
        {"heading": gettext("Documents"), "answers": [documents]},
        {"heading": gettext("Who may see who you are"), "answers": [sharing]},
        {"heading": gettext("You"), "answers": _you(facts, row)},
    ]


def _problem(facts: dict[str, Any], covering: Covering, row: Row) -> list[dict[str, Any]]:
    language, own = get_language(), facts["language"]
    place = Division.objects.select_related("parent").get(pk=facts["division"])
    where = [place.name_in(language)]
    if place.parent:
        where.append(place.parent.name_in(language))
    joint = "" if (language or "").startswith("zh") else ", "
    goes = [covering.office.short_in(language)]
    if covering.liaison_unit:
        goes.append(covering.liaison_unit.short_in(language))
    return [
        row(
            gettext("For whom"), FOR_WHOM[facts["for_whom"]], "for-whom", gettext("Change for whom you write")
        ),
        row(
            gettext("Where"),
            joint.join(reversed(where) if not joint else where),
            "where",
            gettext("Change where the problem is"),
        ),
        row(gettext("Goes to"), goes),
        row(
            gettext("About"),
            Category.objects.get(pk=facts["category"]).name_in(language),
            "category",
            gettext("Change what it is about"),
        ),
        row(
            gettext("What happened"),
            facts["text"],
            "what-happened",
            gettext("Change what happened"),
            lang=own,
        ),
        row(gettext("When"), month_of(facts["started"]), "when", gettext("Change when it started")),
        row(
            gettext("Authority"),
            "" if facts["unknown"] else facts["authority"],
            "authority",
            gettext("Change the authority"),
            **({"lang": own} if facts["authority"] and not facts["unknown"] else {}),
        ),
        row(
            gettext("Court or other proceedings"),
            Proceedings(facts["proceedings"]).label,
            "proceedings",
            gettext("Change the proceedings"),
        ),
        row(
            gettext("What would help"),
            facts["wanted"],
            "wanted",
            gettext("Change what would help"),
            **({"lang": own} if facts["wanted"] else {}),
        ),
        row(
            gettext("Raised before"),
            dict(RAISED_BEFORE).get(facts["raised_before"], ""),
            "wanted",
            gettext("Change whether you raised it before"),
        ),
    ]


def _you(facts: dict[str, Any], row: Row) -> list[dict[str, Any]]:
    you = [
        row(
            gettext("You write as"),
            FilerKind(facts["kind"]).label,
            "about-you",
            gettext("Change how you write"),
        )
    ]
    if facts["sharing"] != Sharing.ANONYMOUS:
        named = [part for part in (facts["name"], facts["company"], facts["registration_no"]) if part]
        you.append(
            row(gettext("Name and company"), named, "about-you", gettext("Change your name and company"))
        )
    if "on_behalf_of" in facts:
        you.append(
            row(
                gettext("Client or member"),
                facts["on_behalf_of"],
                "about-you",
                gettext("Change the client or member"),
            )
        )
    if "authorisation" in facts:
        given = facts["authorised_on"]
        said = [str(Authorisation(facts["authorisation"]).label)]
        you.append(
            row(
                gettext("Your authority to write for them"),
                [*said, long_date(given, get_language() or "en")] if given else said,
                "about-you",
                gettext("Change your authority to write for them"),
            )
        )
    you.append(
        row(gettext("Line of business"), facts["sector"], "about-you", gettext("Change the line of business"))
    )
    you.append(row(gettext("E-mail"), facts["email"], "contact", gettext("Change your e-mail address")))
    if "phone" in facts:
        you.append(row(gettext("Phone"), facts["phone"], "contact", gettext("Change your phone number")))
    if facts["email"]:
        you.append(
            row(
                gettext("E-mail when there is an update"),
                pgettext("e-mail notices", "Yes") if facts["notify"] else pgettext("e-mail notices", "No"),
                "contact",
                gettext("Change whether we e-mail you"),
            )
        )
    you.append(
        row(
            gettext("Language"),
            Language(facts["language"]).label,
            "contact",
            gettext("Change the language we use"),
        )
    )
    return you


def month_of(started: str) -> str:
    if not started:
        return gettext("I am not sure")
    year, month = started.split("-")[:2]
    if (get_language() or "").startswith("zh"):
        return f"{int(year)}年{int(month)}月"
    return " ".join(long_date(date(int(year), int(month), 1), "en").split()[1:])


def promised(case: Case) -> list[str]:
    """Sentences with the dates by which things happen, as they were on the day of receipt."""
    language = get_language() or "en"
    return [
        str(PROMISED[code]) % {"date": long_date(day, language)}
        for code, day in promises(case.received_at, case.office.calendar)
    ]
