"""The page of one followed case: what happened, what comes next, and what the business may do.

Its templates get the public projection only, never the model.
"""

from __future__ import annotations

import uuid as uuids
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotModified,
)
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import get_language, gettext, ngettext, pgettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from cases.downloads import download
from cases.forms import MoveForm, form_of
from cases.history import division_names
from cases.models import Attachment, Case, Notice, Reader
from cases.notices import unreached
from cases.others import few_in
from cases.permissions import Actor
from cases.public import (
    BRIDGE,
    BRIDGE_OF_QUESTION,
    PublicCase,
    PublicEvent,
    PublicFile,
    events_after,
    filed_files,
    project,
)
from cases.readers import opening_of
from cases.refusals import Busy, InputRefused, NotAllowed
from cases.states import Sharing, State
from feedback.business_moves import MOVES
from feedback.confirming import unconfirmed
from feedback.once import perform_once
from feedback.receipts import can_be_drawn
from feedback.tracking import SeeOther, followed, only_reads, readable
from jobs.clock import this_moment
from routing.models import province_of
from text.emails import masked


@readable
@require_safe
def show(request: HttpRequest, case: Case) -> HttpResponse:
    """The whole page; complete without JavaScript. Of somebody who only reads, what there is to read."""
    seen = project(case)
    if only_reads(request, case):
        _note_reading(request, case)
        page = {
            "case": replace(seen, may=dict.fromkeys(seen.may, False)),
            "stages": _stages(seen),
            "said": _last_said(seen),
            "entries": [_entry(seen.reference, event) for event in reversed(seen.events)],
            "reads": True,
        }
        return render(request, "feedback/track_case.html", page)
    page = {
        "case": seen,
        "stages": _stages(seen),
        "said": _last_said(seen),
        "entries": _entries(seen, reversed(seen.events)),
        "details": _details(case, seen),
        "receipt": can_be_drawn(get_language() or "en"),
        "unconfirmed": unconfirmed(case.contact),
        "unreached": _unreached(case),
    }
    if seen.question_open:
        page["question"] = _question(seen)
        page["reply"] = _blank(case, "reply")
        page["token"] = uuids.uuid4()
    return render(request, "feedback/track_case.html", page)


@require_safe
def new_events(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The entries numbered above ``?after=``, newest first, as list items; 401 once the code is needed again."""
    answer = _new_events(request, reference=reference)
    if isinstance(answer, SeeOther):  # a script would follow it and insert a whole page
        return HttpResponse(status=401, headers={"Cache-Control": "no-store"})
    return answer


new_events.login_required = False  # type: ignore[attr-defined]


@readable
def _new_events(request: HttpRequest, case: Case) -> HttpResponse:
    given = request.GET.get("after", "0")
    if not (given.isascii() and given.isdigit() and len(given) <= 9):
        return HttpResponse(
            gettext("The number of the last update is missing."), status=400, content_type="text/plain"
        )
    after = int(given)
    tag = f'"{case.public_seq}-{after}-{get_language()}"'
    if request.headers.get("If-None-Match") == tag:
        answer: HttpResponse = HttpResponseNotModified()
    else:
        events = events_after(case, after)
        entries = [_entry(case.reference, event) | {"fresh": True} for event in reversed(events)]
        answer = render(request, "feedback/track_events.html", {"entries": entries})
    answer["ETag"] = tag
    answer["X-Last-Seq"] = str(case.public_seq)
    return answer


@readable
@require_safe
def file(request: HttpRequest, case: Case, uuid: uuids.UUID) -> HttpResponse | FileResponse:
    """A document the business sent or was sent. What an authority sent us is not among them."""
    own = Attachment.objects.filter(case=case, answer=None)
    attachment = get_object_or_404(own.exclude(from_business=False, message=None), uuid=uuid)
    return download(attachment, request, template="feedback/file_unavailable.html")


@followed
@require_http_methods(["GET", "HEAD", "POST"])
def make_move(request: HttpRequest, case: Case, move: str) -> HttpResponse:
    """The form of one move of the business on a page of its own, and what comes of it."""
    if move not in MOVES:
        raise Http404
    seen = project(case)
    actor = Actor.business(case)
    if request.method != "POST":
        if not seen.may[move]:
            return SeeOther(reverse("track_case", args=[case.reference]))
        return _form_page(request, seen, move, _blank(case, move, _kept_words(request, case, move)), 200)
    form = form_of(case, move)(request.POST, request.FILES, subject=case, actor=actor)
    if not form.is_valid():
        return _form_page(request, seen, move, form, 422)
    try:
        perform_once(case, move, actor, form.inputs(), _token(request.POST.get("token", "")))
    except InputRefused as refused:
        for name, errors in refused.errors.items():
            form.add_error(name if name in form.fields else None, [str(said) for said in errors])
        return _form_page(request, seen, move, form, 422)
    except Busy as busy:
        form.add_error(None, str(busy.message))
        return _form_page(request, seen, move, form, busy.status)
    except NotAllowed as refused:
        # It moved on meanwhile. Who moved it stays inside the office; the words can still be sent.
        words = form.cleaned_data.get("text") or form.cleaned_data.get("reason") or ""
        seen = project(Case.objects.select_related("office").get(pk=case.pk))
        message = _blank(case, "send_message", {"text": words})
        return _form_page(request, seen, "send_message", message, 409, refused=refused.message)
    if request.session.get("kept", {}).get("reference") == case.reference:
        del request.session["kept"]
    messages.success(request, MOVES[move]["done"])
    return SeeOther(reverse("track_case", args=[case.reference]))


def _note_reading(request: HttpRequest, case: Case) -> None:
    """The business sees who of those it invited has read."""
    opening = opening_of(request.session, case.reference)
    unread = Reader.objects.filter(case=case, ended_at=None, first_read_at=None)
    for reader in unread:
        if opening is not None and reader.email.lower() == opening.address:
            Reader.objects.filter(pk=reader.pk).update(first_read_at=this_moment())


def _token(posted: str) -> uuids.UUID | None:
    try:
        return uuids.UUID(posted)
    except ValueError:
        return None


def _form_page(
    request: HttpRequest, seen: PublicCase, move: str, form: MoveForm, status: int, refused: Any = ""
) -> HttpResponse:
    page = {
        "case": seen,
        "move": move,
        "form": form,
        "words": MOVES[move],
        "refused": refused,
        "few": _few(seen) if move == "set_sharing" else "",
        "question": _question(seen) if move == "reply" and seen.question_open else None,
        # The same form sent again after a correction is still the same form.
        "token": request.POST.get("token") or uuids.uuid4(),
    }
    return render(request, "feedback/track_move.html", page, status=status)


def _few(seen: PublicCase) -> str:
    """The province's name if few companies were heard of there; empty otherwise."""
    return (
        division_names()[province_of(seen.division)].name_in(get_language()) if few_in(seen.division) else ""
    )


def _blank(case: Case, move: str, initial: dict[str, Any] | None = None) -> MoveForm:
    return form_of(case, move)(subject=case, actor=Actor.business(case), initial=initial or {})


def _kept_words(request: HttpRequest, case: Case, move: str) -> dict[str, str]:
    """What was typed when the session had ended. It stays until it is sent: a GET changes nothing."""
    kept = request.session.get("kept", {})
    if (kept.get("reference"), kept.get("move")) == (case.reference, move):
        words: dict[str, str] = kept["words"]
        return words
    return {}


def _stages(seen: PublicCase) -> list[dict[str, Any]]:
    """The bridge as ``parts/bridge.html`` takes it; none for a withdrawn concern, which went another way."""
    bridge = BRIDGE_OF_QUESTION if seen.enquiry else BRIDGE
    stages = list(bridge)
    if State(seen.stage) not in stages:
        return []
    here = stages.index(State(seen.stage))
    return [
        {"label": label, "state": "done" if place < here else "current" if place == here else "to_come"}
        for place, label in enumerate(bridge.values())
    ]


def _last_said(seen: PublicCase) -> str:
    """The newest thing the office did, under the heading, unless the heading says just that."""
    for event in reversed(seen.events):
        if not event.by_business and event.kind != "message":
            return "" if event.sentence == seen.status else event.sentence
    return ""


def _question(seen: PublicCase) -> PublicEvent | None:
    return next((e for e in reversed(seen.events) if e.kind == "question"), None)


def _entries(seen: PublicCase, events: Any) -> list[dict[str, Any]]:
    question = _question(seen) if seen.question_open else None
    entries = [_entry(seen.reference, event) for event in events]
    for entry in entries:
        if question is not None and entry["seq"] == question.seq:
            entry |= {"link_url": "#reply", "link_words": _("Answer this question")}
    return entries


def _entry(reference: str, event: PublicEvent) -> dict[str, Any]:
    """One entry as ``parts/timeline_entry.html`` takes it."""
    if event.by_business:
        by = gettext("sent by you")
    else:
        by = gettext("by the %(office)s") % {"office": event.office} if event.office else ""
    return {
        "seq": event.seq,
        "heading": event.sentence,
        "at": event.at,
        "by": by,
        "words": event.text,
        "words_lang": event.text_language,
        "files": [_file(reference, f) for f in event.files],
    }


def _file(reference: str, kept: PublicFile) -> dict[str, Any]:
    url = reverse("track_file", args=[reference, kept.uuid]) if kept.may_leave else ""
    return {"uuid": kept.uuid, "name": kept.name, "size": kept.size, "url": url, "scan": kept.scan}


def _reached(case: Case, language: str) -> str:
    """How, masked: whoever has the code of a case need not know the address."""
    contact = case.contact
    ways = [language]
    if contact.email:
        news = gettext("e-mail updates on") if contact.notify else gettext("e-mail updates off")
        ways += [masked(contact.email), news]
    if contact.phone:
        ways.append(gettext("phone ending in %(figures)s") % {"figures": contact.phone[-2:]})
    return pgettext("between items", ", ").join(ways)


def _unreached(case: Case) -> dict[str, Any] | None:
    """When the last mail to the business was tried, if it was refused, or may not have arrived; else None."""
    lost = unreached(case)
    return {"at": lost.sending_at, "refused": lost.status == Notice.Status.FAILED} if lost else None


def _readers(case: Case, seen: PublicCase) -> list[dict[str, Any]]:
    """Whom the business lets read, masked, and the ways to change it."""
    rows = Reader.objects.filter(case=case, ended_at=None).order_by("pk")
    said = [
        (gettext("%(address)s, has read it") if row.first_read_at else gettext("%(address)s, not read yet"))
        % {"address": masked(row.email)}
        for row in rows
    ]
    lines: list[dict[str, Any]] = [
        {
            "term": _("Colleagues who can read it"),
            "value": said or gettext("Nobody"),
            "change": reverse("track_move", args=[seen.reference, "invite_reader"])
            if seen.may["invite_reader"]
            else "",
            "what": _("Let a colleague read this concern"),
        }
    ]
    if said:
        lines.append(
            {
                "term": _("End it for somebody"),
                "value": _("Their page closes at once."),
                "change": reverse("track_move", args=[seen.reference, "remove_reader"]),
                "what": _("End that somebody can read this concern"),
            }
        )
    return lines


def _details(case: Case, seen: PublicCase) -> list[dict[str, Any]]:
    files = [_file(seen.reference, f) for f in filed_files(case)]
    details: list[dict[str, Any]] = [
        {"term": _("Office that looks after it"), "value": seen.office["name"]},
        {
            "term": _("Who may see who you are"),
            "value": Sharing(seen.sharing).label,
            "change": reverse("track_move", args=[seen.reference, "set_sharing"]),
            "what": _("Change who may see who you are"),
        },
        {
            "term": _("Staff who looked at who you are"),
            "value": ngettext("%(n)s time", "%(n)s times", seen.times_read) % {"n": seen.times_read},
        },
        {
            "term": _("How we reach you"),
            "value": _reached(case, dict(settings.LANGUAGES)[seen.language]),
            "change": reverse("track_move", args=[seen.reference, "set_contact"])
            if seen.may["set_contact"]
            else "",
            "what": _("Change how we reach you"),
        },
    ]
    details += _readers(case, seen)
    if files:
        details.append({"term": _("Documents you sent with it"), "files": files})
    return details
