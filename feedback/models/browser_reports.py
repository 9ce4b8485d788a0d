"""What browsers told us that a page of ours was not allowed to do, counted."""

from django.db import models


class BrowserReport(models.Model):
    """One kind of violation on one kind of page on one day, with how often it was told.

    Codes and names of our own only: ``page`` is the name of a route, ``blocked`` the origin of what was stopped or
    a keyword of the policy. Nothing of the visitor, the case, or the address that was open is kept.
    """

    day = models.DateField()
    directive = models.CharField(max_length=50)
    page = models.CharField(max_length=60)
    blocked = models.CharField(max_length=100)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["day", "directive", "page", "blocked"], name="one_row_a_kind_of_browser_report"
            )
        ]

    def __str__(self) -> str:
        return f"{self.directive} on {self.page}: {self.count}"
