"""Copies of what is held about a business that were handed out to it."""

from django.db import models


class DataCopy(models.Model):
    """One copy: when, and in which form. It says nothing of what stood in it, and it counts for the limit."""

    case = models.ForeignKey("cases.Case", on_delete=models.CASCADE, related_name="+")
    form = models.CharField(max_length=4, choices=[("json", "JSON"), ("html", "HTML")])
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.form} copy of case {self.case_id}"
