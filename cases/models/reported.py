"""Which matters several companies have reported, as it was counted once for each month."""

from django.db import models


class ReportedMonth(models.Model):
    """For forms filled in during ``month`` (its first day): matters of which others may be told to have reported them.

    ``matters`` are pairs "category province", such as "CUS-1 440000", and "* 440000" for a province whatever the
    category; no number and nothing of any case.
    """

    month = models.DateField(primary_key=True)
    matters = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"
