"""How often a wrong tracking code was tried, and a form filed, counted in the database: it survives every cache."""

from django.db import models


class Attempt(models.Model):
    """The wrong tries of one source: a browser session, a reference from one address, or an address.

    Of a network from which forms are filed it counts the filings, and refuses none.

    ``source`` is a keyed hash, so that the table tells neither who tried nor which case. ``refused_until`` is
    the moment until which every code is refused, also the right one; empty when nothing is refused.
    """

    source = models.CharField(max_length=64, primary_key=True)
    wrong = models.PositiveIntegerField(default=0)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField(db_index=True)
    refused_until = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.wrong} wrong tries"
