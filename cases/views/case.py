"""The workspace: one case, what the business said, what has happened, the facts, and the moves open now."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.db import transaction
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from cases import clocks, composing, permissions
from cases.forms import form_of
from cases.history import Entry, category_names, division_names, entries_of
from cases.models import Case, CaseLink, Contact, Event, Reading
from cases.models.machine import moves_open_to
from cases.notices import unreached
from cases.permissions import Actor
from cases.states import Level, Priority, Sharing, State, Waiting
from cases.views.queue import days_left, hour_has_passed
from cases.views.reasons import LookForm
from cases.views.seeing import case_or_404, officer
from cases.working import explain
from jobs.clock import this_moment
from routing.models.named import name_key
from routing.urgency import DISTRESS, URGENT

#: What the feed can be narrowed to.
SHOWN = {
    "all": _("All"),
    "business": _("Business sees"),
    "internal": _("Internal"),
    "stages": _("Stages"),
    "files": _("Files"),
}
#: The one thing to do next by state, the first that is open.
NEXT = {
    State.RECEIVED: ("accept_transfer", "claim", "answer_enquiry", "triage"),
    State.ASSESSING: ("accept_transfer", "claim", "answer_enquiry", "refer", "close"),
    State.AWAITING: ("accept_transfer", "claim", "answer_enquiry"),
    State.REFERRED: ("accept_transfer", "claim", "record_answer", "relay_answer"),
    State.ANSWERED: ("accept_transfer", "claim", "relay_answer", "close"),
    State.CLOSED: ("reopen",),
    State.WITHDRAWN: ("reopen",),
}
#: Moves with a place of their own on the page.
COMPOSED = {"add_note", "send_message"}
#: Moves of a business that staff may record for it.
OF_BUSINESS = (
    "reply",
    "send_message",
    "accept_outcome",
    "contest_outcome",
    "withdraw",
    "request_reopen",
    "rate",
    "set_sharing",
    "set_contact",
    "invite_reader",
    "remove_reader",
    "request_erasure",
)


#: For whom a business may write, as staff read it.
FOR_WHOM = {"client": _("A client"), "member": _("A member of a chamber or association")}


#: Why a message that waited did not go.
WHY_STOPPED = {
    "crossed": _("something new was said in the case meanwhile"),
    "not_permitted": _("its author may no longer write in this case"),
    "": _("the case had changed meanwhile"),
}


@require_safe
@never_cache
def case(request: HttpRequest, reference: str) -> HttpResponse:
    found = case_or_404(request, reference)
    if found.reference != reference:
        return redirect("cases:case", found.reference)
    return render(request, "cases/case.html", workspace(request, found))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def identity(request: HttpRequest, reference: str) -> HttpResponse:
    """Who the business is: shown once, after the reading has been written down with its reason."""
    user = officer(request)
    found = case_or_404(request, reference)
    if not permissions.office_staff(found, Actor.staff(user)) or found.sharing == Sharing.ANONYMOUS:
        raise Http404
    form = LookForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(request, "cases/identity.html", {"case": found, "form": form}, status=status)
    with transaction.atomic():
        Reading.objects.create(
            case=found, user=user, what="identity", reason=form.cleaned_data["reason"], at=this_moment()
        )
        contact = Contact.objects.filter(case=found).first()
    return render(request, "cases/identity.html", {"case": found, "contact": contact})


def workspace(request: HttpRequest, found: Case) -> dict[str, Any]:
    """Everything the case page shows. At most ten queries with those of signing in, whatever the history."""
    user = officer(request)
    actor = Actor.staff(user)
    events = list(found.events.select_related("by_user", "message", "note").order_by("seq"))
    # Each cleaned copy stands behind what it was made of.
    files = sorted(found.attachments.all(), key=lambda file: (file.original_id or file.pk, file.pk))
    shown = request.GET.get("show", "all")
    shown = shown if shown in SHOWN else "all"
    running = clocks.clocks_of(found, events)
    due = clocks.due(found, running)
    names = moves_open_to(found, actor)
    entries = entries_of(found, events, files)
    wanted = NEXT[State(found.state)] if found.is_open or found.reopen_asked else ()
    main = next((name for name in wanted if name in names), "")
    lang = get_language()
    category = category_names().get(found.category_id)
    return {
        "case": found,
        "version": found.seq,
        "statement": found.statement,
        "behalf": getattr(found, "on_behalf", None),
        "for_whom": FOR_WHOM.get(found.statement.for_whom, ""),
        "state_label": State(found.state).label,
        "waiting_label": Waiting(found.waiting_for).label,
        "priority_label": Priority(found.priority).label,
        "level_label": Level(found.level).label if found.level else "",
        "category": category,
        "place": _place(found.division_id, lang),
        "entries": [e for e in entries if _is_shown(e, shown)],
        "toggles": [
            {"label": label, "url": f"?show={name}", "current": name == shown}
            for name, label in SHOWN.items()
        ],
        "files": [f for f in files if f.message_id is None and f.answer_id is None],
        "files_count": sum(not (f.message_id or f.answer_id or f.original_id) for f in files),
        "clocks": explain(running, due.clock),
        "spent": _spent(found, events),
        "socket": f"/ws/cases/{found.reference}/",
        "office_name": found.office.short_in(lang),
        "co_office_name": found.co_office.short_in(lang) if found.co_office else "",
        "moving_to_name": found.moving_to.short_in(lang) if found.moving_to else "",
        "due": due,
        "left": days_left(due.on, clocks.today(), found.office.calendar),
        "over": hour_has_passed(due.on, due.at),
        "paused": ("business" if found.waiting_for == Waiting.BUSINESS else "chase") if due.paused else "",
        "main": _button(found, main) if main else None,
        "asks": _button(found, "ask") if "ask" in names and main != "ask" else None,
        "more": [_button(found, n) for n in names if n not in COMPOSED and n not in (main, "ask")],
        "for_business": _for_business(found, user),
        "may_note": "add_note" in names,
        **_written(found, user, actor),
        "note_url": reverse("cases:move", args=[found.reference, "add_note"]),
        "out_url": reverse("cases:move", args=[found.reference, "send_message"])
        if "send_message" in names
        else "",
        "look_url": reverse("cases:identity", args=[found.reference])
        if permissions.office_staff(found, actor)
        else "",
        "referrals": [_referral(found, r, actor) for r in found.referrals_now],
        "unreached": unreached(found),
        "linked": _linked(found, user),
        "similar": _similar(found),
        "suggested": suggested(found),
        "proposed_urgency": _proposed_urgency(found),
    }


def _written(found: Any, user: Any, actor: Actor) -> dict[str, Any]:
    """The form for a note with what was begun, and the messages to the business that have not gone yet."""
    begun = composing.kept(user, found, "add_note") if found.has_words else None
    form = form_of(found, "add_note")(
        subject=found, actor=actor, initial={"text": begun.text} if begun else None
    )
    return {
        "note_form": form,
        "note_draft_url": reverse("cases:draft", args=[found.reference, "add_note"]),
        "note_draft_at": begun.saved_at if begun else None,
        "held_messages": [
            {
                "row": row,
                "mine": row.user_id == user.pk,
                "why": str(WHY_STOPPED.get(row.why, WHY_STOPPED[""])),
            }
            for row in (composing.of_case(found) if found.has_held else [])
        ],
    }


def suggested(found: Case) -> list[dict[str, Any]]:
    """The authorities that were suggested when the case came, best first, with the reason in words."""
    key = name_key(get_language())
    return [
        {"code": row["id"], "name": row["names"][key], "why": row["why"][key]}
        for row in found.suggestion.get("authorities", [])
        if row["id"]
    ]


def _proposed_urgency(found: Case) -> dict[str, str] | None:
    """The tier that the words spoke for when the case came, unless it is the ordinary one."""
    tier, why = found.suggestion.get("urgency"), found.suggestion.get("urgency_why") or {}
    if tier not in (URGENT, DISTRESS):
        return None
    label = _("Urgent") if tier == URGENT else _("Somebody in distress")
    return {"label": str(label), "why": why.get(name_key(get_language()), "")}


def _place(code: str, lang: str | None) -> str:
    place = division_names().get(code)
    if place is None:
        return code
    province = division_names().get(place.province_code)
    if province is None or province.code == place.code:
        return place.name_in(lang)
    joint = ", " if lang == "en" else ""
    parts = (place, province) if lang == "en" else (province, place)
    return joint.join(part.name_in(lang) for part in parts)


def _is_shown(entry: Entry, shown: str) -> bool:
    match shown:
        case "business":
            return entry.seen_by_business
        case "internal":
            return not entry.seen_by_business
        case "stages":
            return bool(entry.stage)
        case "files":
            return bool(entry.files)
    return True


def _button(found: Case, move: str) -> dict[str, str]:
    form = form_of(found, move)
    # Which issue is found by words first: nobody knows its number by heart.
    choosing = move == "join_issue"
    return {
        "name": move,
        "title": str(form.title),
        "button": str(form.button),
        "url": reverse("cases:issue_choose", args=[found.reference])
        if choosing
        else reverse("cases:move", args=[found.reference, move]),
    }


def _for_business(found: Case, user: Any) -> list[dict[str, str]]:
    """What a business can tell us on the phone or at the counter now, for staff to record."""
    names = moves_open_to(found, Actor.caller(user, "phone"))
    buttons = [_button(found, name) for name in OF_BUSINESS if name in names]
    return [{**button, "url": button["url"] + "?for=business"} for button in buttons]


def _referral(found: Case, referral: Any, actor: Actor) -> dict[str, Any]:
    return {
        "row": referral,
        "authority": referral.authority.name_in(get_language()),
        "state_label": referral.get_state_display(),
        "url": reverse("cases:referral", args=[found.reference, referral.uuid]),
        "answers": [a for a in found.answers_now if a.referral_id == referral.pk],
    }


def _linked(found: Case, user: Any) -> list[Case]:
    pairs = CaseLink.objects.filter(Q(one=found) | Q(other=found)).values_list("one_id", "other_id")
    ids = {pk for pair in pairs for pk in pair} - {found.pk}
    if not ids:
        return []
    return list(Case.objects.visible_to(user).filter(pk__in=ids).only("reference", "title", "language"))


def _spent(found: Case, events: list[Event]) -> list[tuple[Any, str]]:
    """With whom the case has lain, as (party, days); those who never had it are left out."""
    days = clocks.days_by_party(found, events, clocks.today())
    return [
        (Waiting(party).label, ngettext("%(n)s day", "%(n)s days", n) % {"n": n})
        for party, n in days.items()
        if n
    ]


def _similar(found: Case) -> str:
    """The queue of cases about the same kind of matter in the same place."""
    query = {"state": "any", "category": found.category_id, "division": found.division_id}
    return f"{reverse('cases:queue')}?{urlencode(query)}"
