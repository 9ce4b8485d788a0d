"""Tags of the report page."""

from django import template
from django.utils.translation import gettext, ngettext

register = template.Library()


@register.simple_tag
def change(now: int, before: int) -> str:
    """How a figure differs from that of the month before, in words."""
    if now == before:
        return gettext("as many as in the month before")
    n = abs(now - before)
    if now > before:
        words = ngettext("%(n)s more than in the month before", "%(n)s more than in the month before", n)
    else:
        words = ngettext("%(n)s fewer than in the month before", "%(n)s fewer than in the month before", n)
    return words % {"n": n}
