"""The form of a concern that did not come through the web: an officer writes down what a business told us."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Language
from cases.clocks import today
from cases.filing import Filing
from cases.forms.listed import categories, places
from cases.forms.move_form import date_field, text_field
from cases.forms.reaching import PHONE_COUNTRIES
from cases.forms.shielding import SHARING_CHOICES, SHARING_HINTS
from cases.history import category_names
from cases.models.reaching import UNREADABLE_NUMBER
from cases.states import TOLD_BY, Authorisation, FilerKind, Proceedings, Sharing
from routing.models import Category, Division
from routing.suggestions import suggest
from text.fields import AddressField, CleanCharField
from text.phones import UnreadableNumber, read_phone

#: A day before this many years is a slip of the pen.
YEARS_BACK = 5
#: What tells who the business is: not kept of an anonymous concern.
IDENTITY = ("name", "company", "registration_no", "phone", "on_behalf_of")
MISSING_NAME = {"company": _("Enter the name of the company"), "name": _("Enter the full name")}
FOR_WHOM = [
    ("own", _("Their own company, or themselves")),
    ("client", _("A client")),
    ("member", _("A member of their chamber or association")),
]


def _line(label: Any, limit: int = 200, **kwargs: Any) -> CleanCharField:
    kwargs.setdefault("widget", forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}))
    return CleanCharField(label=label, max_length=limit, required=False, **kwargs)


def _missing(said: Any) -> dict[str, Any]:
    return {"required": said, "invalid_choice": said}


class Intake(forms.Form):
    """Everything on one page. It reads the codes of a page as well as those of a row of a table."""

    channel = forms.ChoiceField(
        label=_("How it reached us"),
        choices=[(c.value, c.label) for c in TOLD_BY],
        error_messages=_missing(_("Select how it reached us")),
    )
    received_on = date_field(
        _("Date of receipt"),
        past=True,
        help_text=_("The time limits count from this day"),
        error_messages={"required": _("Enter the date of receipt")},
    )
    text = text_field(
        _("What happened"),
        help_text=_("In the words of the business. Do not include ID card or bank numbers"),
        error_messages={"required": _("Write down what happened")},
    )
    wanted = text_field(_("What would help the business"), required=False, limit=1000)
    division = forms.ChoiceField(
        label=_("Place of the problem"),
        help_text=_("It decides which office works on the case"),
        error_messages=_missing(_("Select the place")),
    )
    category = forms.ChoiceField(
        label=_("Category"),
        required=False,
        help_text=_("Left empty, it is found from what happened"),
        error_messages={"invalid_choice": _("Select a category")},
    )
    authority_named = _line(_("Authority or body involved, if named"), 300)
    proceedings = forms.ChoiceField(label=_("Proceedings"), choices=Proceedings.choices)
    sharing = forms.ChoiceField(
        label=_("Who may see who you are? Read these words out"),
        choices=SHARING_CHOICES,
        widget=forms.RadioSelect,
        error_messages=_missing(_("Select who may see who the business is")),
    )
    agreed = forms.BooleanField(
        label=_("The business heard or read the first choice and agreed to it"),
        required=False,
        help_text=_("Needed only where the authority may be told"),
    )
    filer_kind = forms.ChoiceField(
        label=_("Enterprise or individual"),
        choices=FilerKind.choices,
        error_messages=_missing(_("Select whether it is an enterprise or an individual")),
    )
    company = _line(_("Name of the company"), help_text=_("Needed for an enterprise that gives its name"))
    registration_no = _line(_("Hong Kong business registration number"), 50)
    name = _line(_("Full name"), help_text=_("Needed for an individual who gives a name"))
    email = AddressField(
        label=_("E-mail address"),
        required=False,
        autocomplete="off",
        help_text=_("No news goes there before its owner has typed in a code on the tracking page"),
    )
    notify = forms.BooleanField(
        label=_("The business wants an e-mail when there is an update"), required=False
    )
    phone_country = forms.ChoiceField(
        label=_("Country or region of the phone number"), choices=PHONE_COUNTRIES, required=False
    )
    phone = _line(_("Phone number"), 50, widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}))
    language = forms.ChoiceField(
        label=_("Language of the business"),
        choices=Language.choices,
        error_messages=_missing(_("Select a language")),
    )
    for_whom = forms.ChoiceField(label=_("For whom they contact us"), choices=FOR_WHOM, required=False)
    on_behalf_of = _line(_("Name of the client or member"))
    authorisation = forms.ChoiceField(
        label=_("Their authority to speak for them"),
        choices=[("", _("Not given")), *Authorisation.choices],
        required=False,
    )
    authorised_on = date_field(_("Date of the authority"), required=False, past=True)

    def __init__(self, *args: Any, offered: tuple[Any, Any] | None = None, **kwargs: Any) -> None:
        """``offered`` are the lists of places and categories, where they were made for many forms."""
        super().__init__(*args, **kwargs)
        #: The category was not given and was found.
        self.found_category = False
        fields: dict[str, Any] = self.fields
        listed = offered or (places(_("Choose one")), categories(_("Found from the text")))
        fields["division"].choices, fields["category"].choices = listed
        fields["sharing"].option_hints = SHARING_HINTS
        fields["received_on"].initial = today
        fields["sharing"].initial = Sharing.OFFICE_ONLY
        fields["language"].initial = get_language()
        fields["notify"].initial = True

    def clean_received_on(self) -> date:
        day: date = self.cleaned_data["received_on"]
        if day < today() - timedelta(days=366 * YEARS_BACK):
            raise ValidationError(
                _("This is more than %(years)s years ago. Check the year."),
                code="too_old",
                params={"years": YEARS_BACK},
            )
        return day

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        self._who(given)
        self._on_behalf(given)
        given["phone_e164"] = self._number(given)
        if "category" not in self.errors and not given.get("category"):
            self._find_category(given)
        return given

    def _who(self, given: dict[str, Any]) -> None:
        sharing = given.get("sharing")
        if sharing == Sharing.ANONYMOUS:
            for name in IDENTITY:
                if given.get(name):
                    self.add_error(
                        name,
                        _("This is not kept of an anonymous concern. Delete it, or select another choice."),
                    )
        elif sharing:
            kind = given.get("filer_kind")
            name = "company" if kind == FilerKind.ENTERPRISE else "name"
            if kind and not given.get(name) and name not in self.errors:
                self.add_error(name, MISSING_NAME[name])
        if sharing == Sharing.NAMED and not given.get("agreed"):
            self.add_error("agreed", _("Tick this once the business has agreed, or select another choice"))

    def _on_behalf(self, given: dict[str, Any]) -> None:
        own = given.get("for_whom") in ("own", "", None)
        if own:
            for name in ("on_behalf_of", "authorisation", "authorised_on"):
                if given.get(name) and name not in self.errors:
                    self.add_error(
                        "for_whom", _("Select a client or a member, or delete what is said of one")
                    )
                    break
            return
        named = given.get("sharing") != Sharing.ANONYMOUS
        if named and not given.get("on_behalf_of") and "on_behalf_of" not in self.errors:
            self.add_error("on_behalf_of", _("Enter the name of the client or member"))
        if not given.get("authorisation") and "authorisation" not in self.errors:
            self.add_error("authorisation", _("Select their authority"))

    def _number(self, given: dict[str, Any]) -> str:
        if not given.get("phone"):
            return ""
        try:
            return read_phone(given["phone"], given.get("phone_country") or "HK").e164
        except UnreadableNumber:
            self.add_error("phone", ValidationError(UNREADABLE_NUMBER, code="invalid"))
            return ""

    def _find_category(self, given: dict[str, Any]) -> None:
        if not (given.get("text") and given.get("division")):
            return
        best = suggest(given["text"], language=given.get("language"), division=given["division"]).categories
        code = best[0].id if best else ""
        if code in category_names():
            given["category"], self.found_category = code, True
        else:
            self.add_error("category", gettext("No category could be found from the text. Select one"))

    def filing(self, key: str) -> Filing:
        """The valid answers as what is handed in."""
        given = self.cleaned_data
        same = (
            "text", "wanted", "authority_named", "proceedings", "sharing", "filer_kind", "company",
            "registration_no", "name", "email", "notify", "phone", "phone_e164", "language", "on_behalf_of",
            "authorisation", "authorised_on", "received_on",
        )  # fmt: skip
        return Filing(
            key=key,
            category=Category.objects.get(pk=given["category"]),
            division=Division.objects.get(pk=given["division"]),
            for_whom=given.get("for_whom") or "own",
            **{name: given[name] for name in same},
        )
