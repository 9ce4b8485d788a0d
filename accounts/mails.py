"""Mail about accounts, sent by the worker: the link to set a password, and what was done to an account.

Such mail repeats nothing that would help whoever reads it by mistake; a link is made when it is sent, so that no
table ever holds it.
"""

from __future__ import annotations

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import translation
from django_tasks import task

from accounts.invitations import link_to_set_password
from accounts.models import AccountEvent, User


@task(queue_name="mail")
def send_invitation(user_id: int) -> None:
    """The link with which a person sets their password. Nothing is sent to an account switched off meanwhile."""
    user = User.objects.get(pk=user_id)
    if user.is_active and user.email:
        _send(user, "invitation", link=link_to_set_password(user))


@task(queue_name="mail")
def tell_of(event_id: int, address: str = "") -> None:
    """Tell a person what was done to their account, so that they notice what they did not do.

    ``address`` is given when theirs was changed: the word goes to where they still read it.
    """
    event = AccountEvent.objects.select_related("about", "by").get(pk=event_id)
    _send(event.about, "account_event", address, event=event)


def _send(user: User, name: str, address: str = "", **more: object) -> None:
    with translation.override(user.language):
        context = {"user": user, "origin": settings.SITE_ORIGIN, **more}
        subject = render_to_string(f"account/mail/{name}_subject.txt", context).strip()
        text = render_to_string(f"account/mail/{name}.txt", context)
    EmailMessage(subject, text, to=[address or user.email]).send()
