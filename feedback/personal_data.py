"""Your personal data: what is held about a business, on a page, and as a copy to take away.

The page is open for hours in a browser that may be anybody's, so it says *that* a name is held and shows only its
beginning; the copy says all, and asks for the tracking code once more.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from datetime import date, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import get_language, gettext, ngettext, override, pgettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Role
from cases.held import HeldData, held_about
from cases.models import Case
from cases.models.machine import moves_open_to
from cases.permissions import Actor
from cases.states import Authorisation, FilerKind, Sharing
from feedback.attempts import Refused, Visitor, case_opened_by
from feedback.check import FOR_WHOM, month_of
from feedback.models import DataCopy
from feedback.questions import RAISED_BEFORE
from feedback.tracking import followed
from jobs.clock import this_moment
from text.dates import long_date, long_moment
from text.fields import CleanCharField
from text.reference import parse_tracking_code

#: So many copies of one case within a day: enough for both forms and a second try, too few to be a burden.
COPIES_A_DAY = 6
DAY = timedelta(days=1)
HIDDEN = "•••"

FIELDS = {
    "name": _("Name"),
    "company": _("Company"),
    "registration_no": _("Registration number"),
    "email": _("E-mail"),
    "phone": _("Phone"),
}
#: What a letter may tell an authority.
TELLABLE = FIELDS | {"on_behalf_of": _("Client or member")}
FORMS = [
    ("html", _("To read (a page that any browser opens)")),
    ("json", _("For another program (JSON)")),
]


class CopyForm(forms.Form):
    form = forms.ChoiceField(
        label=_("Which copy?"),
        choices=FORMS,
        initial="html",
        widget=forms.RadioSelect,
        error_messages={"required": _("Select which copy you want")},
    )
    code = CleanCharField(
        label=_("Tracking code"),
        help_text=_("The 16 digits we showed you when you sent your concern"),
        max_length=100,
        error_messages={"required": _("Enter your tracking code")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "inputmode": "numeric"}),
    )

    def clean_code(self) -> str:
        code = parse_tracking_code(self.cleaned_data["code"])
        if code is None:
            raise forms.ValidationError(_("Check the tracking code: it has 16 digits"))
        return code


@followed
@require_safe
def show(request: HttpRequest, case: Case) -> HttpResponse:
    """What is held, with names and addresses hidden but for their beginning."""
    return _page(request, case, CopyForm(), 200)


@followed
@sensitive_post_parameters("code")
@require_POST
def copy(request: HttpRequest, case: Case) -> HttpResponse:
    """The copy as a download in the language of the case. Wrong codes count as anywhere; 429 after too many copies."""
    form = CopyForm(request.POST)
    if not form.is_valid():
        return _page(request, case, form, 422)
    visitor = Visitor.of(request, request.session.get("visitor", ""))
    try:
        opened = case_opened_by(case.reference, form.cleaned_data["code"], visitor)
    except Refused as refused:
        return _wait(request, case, form, math.ceil((refused.until - this_moment()).total_seconds()))
    if opened is None:
        form.add_error(
            "code", _("This reference number and tracking code do not belong together. Check both.")
        )
        return _page(request, case, form, 422)
    kind = form.cleaned_data["form"]
    if not _noted(case, kind):
        return _wait(request, case, form, int(DAY.total_seconds()))
    with override(case.language):
        held = held_about(case, case.language)
        body, content_type = _written(held, kind)
    answer = HttpResponse(body, content_type=f"{content_type}; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{case.reference}.{kind}"'
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "no-store, private"
    return answer


def _noted(case: Case, kind: str) -> bool:
    """Write down that a copy is handed out; False if there were too many. Of two at once the second waits."""
    now = this_moment()
    with transaction.atomic():
        Case.objects.select_for_update().filter(pk=case.pk).values_list("pk").first()
        if DataCopy.objects.filter(case=case, at__gt=now - DAY).count() >= COPIES_A_DAY:
            return False
        DataCopy.objects.create(case=case, form=kind, at=now)
    return True


def _written(held: HeldData, kind: str) -> tuple[str, str]:
    if kind == "json":
        return json.dumps(held.as_json(), ensure_ascii=False, indent=2), "application/json"
    context = {
        "reference": held.reference,
        "made_at": this_moment(),
        "language": held.language,
        "sections": sections(held, masked=False),
    }
    return render_to_string("feedback/personal_data_copy.html", context), "text/html"


def _wait(request: HttpRequest, case: Case, form: CopyForm, seconds: int) -> HttpResponse:
    form.add_error(None, _("There were too many tries or copies. Please try again later."))
    answer = _page(request, case, form, 429)
    answer["Retry-After"] = str(max(1, seconds))
    return answer


def _page(request: HttpRequest, case: Case, form: CopyForm, status: int) -> HttpResponse:
    held = held_about(case, get_language() or "en")
    offered = moves_open_to(case, Actor.business(case))
    context = {
        "reference": case.reference,
        "sections": sections(held, masked=True),
        "form": form,
        "may_erase": "request_erasure" in offered,
        "may_change": "set_contact" in offered,
    }
    return render(request, "feedback/personal_data.html", context, status=status)


def sections(held: HeldData, *, masked: bool) -> list[dict[str, Any]]:
    """Headed answers as ``parts/answers.html`` takes them, in the active language."""
    return [
        {"heading": gettext("Who you are"), "answers": _identity(held, masked)},
        {"heading": gettext("What you told us"), "answers": _concern(held, masked=masked)},
        {"heading": gettext("What happened since"), "answers": [_said(held, one) for one in held.timeline]},
        {"heading": gettext("Who may see who you are"), "answers": _choices(held)},
        {"heading": gettext("What authorities were told of you"), "answers": _told(held)},
        {"heading": gettext("Who looked at your data"), "answers": _looked(held)},
    ]


def _identity(held: HeldData, masked: bool) -> list[dict[str, Any]]:
    rows = [{"term": gettext("You write as"), "value": FilerKind(held.filer_kind).label}]
    for name, label in FIELDS.items():
        value = held.contact[name]
        rows.append({"term": label, "value": hidden(name, value) if masked else value})
    wanted = held.contact["e_mail_when_there_is_an_update"]
    said = pgettext("e-mail notices", "Yes") if wanted else pgettext("e-mail notices", "No")
    rows.append({"term": gettext("E-mail when there is an update"), "value": said})
    rows.append({"term": gettext("Language"), "value": dict(settings.LANGUAGES)[held.language]})
    readers = [hidden("email", address) if masked else address for address in held.readers]
    rows.append({"term": gettext("Colleagues who can read it"), "value": readers})
    return rows


def hidden(name: str, value: str) -> str:
    """Enough to know one's own by: the first character, of an address its host too, of a number the last two."""
    if not value:
        return ""
    if name == "email":
        return value[0] + HIDDEN + "@" + value.rpartition("@")[2]
    if name in ("phone", "registration_no"):
        return HIDDEN + value[-2:]
    return value[0] + HIDDEN


def _concern(held: HeldData, *, masked: bool) -> list[dict[str, Any]]:
    concern, own = held.concern, held.language

    def written(term: str, name: str) -> dict[str, Any]:
        value = hidden(name, concern[name]) if masked and name == "on_behalf_of" else concern[name]
        return {"term": term, "value": value, **({"lang": own} if value else {})}

    return [
        {"term": gettext("For whom"), "value": FOR_WHOM.get(concern["for_whom"], "")},
        written(gettext("Client or member"), "on_behalf_of"),
        {"term": gettext("Your authority to write for them"), "value": _authority(concern)},
        {"term": gettext("Where"), "value": concern["place"]},
        {"term": gettext("About"), "value": concern["subject"]},
        written(gettext("What happened"), "text"),
        {"term": gettext("When"), "value": month_of(concern["started"]) if concern["started"] else ""},
        written(gettext("Authority"), "authority_named"),
        written(gettext("What would help"), "wanted"),
        {"term": gettext("Raised before"), "value": dict(RAISED_BEFORE).get(concern["raised_before"], "")},
        written(gettext("Line of business"), "sector"),
        {"term": gettext("Documents"), "value": [file.name for file in held.documents]},
    ]


def _authority(concern: dict[str, str]) -> list[str]:
    """What the writer said of it, and its day."""
    if not concern["authorisation"]:
        return []
    said = [str(Authorisation(concern["authorisation"]).label)]
    if day := concern["authorised_on"]:
        said.append(long_date(date.fromisoformat(day), get_language() or "en"))
    return said


def _said(held: HeldData, one: Any) -> dict[str, Any]:
    """One entry of the timeline: when, and what; words that were written follow as they stand."""
    lines = [one.sentence, one.text, *(file.name for file in one.files)]
    return {
        "term": long_moment(one.at, get_language() or "en"),
        "value": "\n".join(line for line in lines if line),
        "lang": one.text_language or held.language,
    }


def _choices(held: HeldData) -> list[dict[str, Any]]:
    language = get_language() or "en"
    return [
        {
            "term": long_moment(one.at, language),
            "value": [
                Sharing(one.choice).label,
                gettext("Text of %(version)s, in %(language)s")
                % {"version": one.text_version, "language": dict(settings.LANGUAGES)[one.language]},
                *([gettext("Waits until another officer has heard the same")] if one.waits else []),
            ],
        }
        for one in held.choices
    ]


def _told(held: HeldData) -> list[dict[str, Any]]:
    language = get_language() or "en"
    rows = []
    for one in held.told:
        fields = [str(TELLABLE[name]) for name in one.fields if name in TELLABLE]
        value = [long_moment(one.at, language), *(fields or [gettext("Nothing of who you are")])]
        rows.append({"term": one.authority, "value": value})
    return rows


def _looked(held: HeldData) -> list[dict[str, Any]]:
    """Who looked, by role: how often, and when last."""
    times = Counter((one.what, one.role) for one in held.looked)
    last = {(one.what, one.role): one.at for one in held.looked}
    language = get_language() or "en"
    rows = []
    for (what, role), n in sorted(times.items()):
        label = Role(role).label
        if what == "file":
            term = gettext("%(role)s: one of your documents") % {"role": label}
        else:
            term = gettext("%(role)s: who you are") % {"role": label}
        value = [
            ngettext("%(n)s time", "%(n)s times", n) % {"n": n},
            gettext("Last on %(when)s") % {"when": long_moment(last[what, role], language)},
        ]
        rows.append({"term": term, "value": value})
    return rows
