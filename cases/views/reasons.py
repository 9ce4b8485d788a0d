"""Saying why before looking at what is otherwise hidden."""

from django import forms
from django.utils.translation import gettext_lazy as _

from text.fields import CleanCharField


class LookForm(forms.Form):
    reason = CleanCharField(label=_("Reason for looking"), max_length=300)
