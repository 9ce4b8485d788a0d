"""The moves of a business, as its pages put them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

#: The moves of a business in its own words: heading, what it does, button, and what is said when it is done.
MOVES: dict[str, dict[str, Any]] = {
    "reply": {
        "title": _("Answer our question"),
        "button": _("Send the answer"),
        "done": _("We have your answer."),
    },
    "send_message": {
        "title": _("Send us a message or a document"),
        "about": _("Only the office that looks after your concern reads it."),
        "button": _("Send message"),
        "done": _("We have your message."),
    },
    "accept_outcome": {
        "title": _("This is settled"),
        "about": _(
            "We close your concern with the outcome we told you. You can still ask us to look again later."
        ),
        "button": _("Yes, this is settled"),
        "done": _("Thank you. Your concern is closed."),
    },
    "contest_outcome": {
        "title": _("This is not settled"),
        "about": _("Your concern stays open, and the office decides what to do next."),
        "button": _("Tell the office"),
        "done": _("We have noted that this is not settled."),
    },
    "rate": {
        "title": _("How did we handle your concern?"),
        "about": _("One question, and a second one if you like. What you say changes nothing in your case."),
        "button": _("Send the rating"),
        "done": _("Thank you for telling us."),
    },
    "set_sharing": {
        "title": _("Who may see who you are?"),
        "about": _(
            "To share less works at once. What an authority was already told stays told. If you no longer want to "
            "give your name, our staff no longer see it, nor your company and your phone number."
        ),
        "button": _("Change who may see who you are"),
        "done": _("We have changed who may see who you are."),
    },
    "set_contact": {
        "title": _("How can we reach you?"),
        "about": _(
            "What you leave empty stays as it is. If you give a new e-mail address, we tell the one before, and ask "
            "you to confirm the new one."
        ),
        "button": _("Change how you reach me"),
        "done": _("We have changed how we reach you."),
    },
    "invite_reader": {
        "title": _("Let a colleague read this concern"),
        "about": _(
            "They can read it, with its documents, and do nothing else. We send them an e-mail that names only the "
            "reference number; they open it with a code sent to their address. You can end it at any time."
        ),
        "button": _("Send the invitation"),
        "done": _("We have sent the invitation."),
    },
    "remove_reader": {
        "title": _("End that somebody can read this concern"),
        "about": _("Their page closes at once."),
        "button": _("End it"),
        "done": _("They can no longer read it."),
    },
    "withdraw": {
        "title": _("Withdraw this concern"),
        "about": _("We stop working on it and take back what has not been answered."),
        "button": _("Withdraw my concern"),
        "done": _("You have withdrawn your concern."),
    },
    "request_reopen": {
        "title": _("Ask us to look again"),
        "about": _("Somebody who did not close your concern decides on it."),
        "button": _("Ask us to look again"),
        "done": _("We have your request."),
    },
    "request_erasure": {
        "title": _("Erase my personal data"),
        "about": _(
            "We erase who you are, how to reach you, what you wrote and your documents. What happened in the case "
            "stays, without them. A supervisor decides; while your concern is open it cannot be done."
        ),
        "button": _("Ask for it"),
        "done": _("We have your request."),
    },
}
