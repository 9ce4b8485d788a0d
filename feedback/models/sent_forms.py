"""Forms that were sent, so that a second press of the same button does nothing."""

from django.db import models


class SentForm(models.Model):
    """One form of a tracking page that was accepted; ``token`` is the hidden one-time number it carried."""

    case = models.ForeignKey("cases.Case", on_delete=models.CASCADE, related_name="+")
    token = models.UUIDField()
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "token"], name="a_form_is_sent_once")]

    def __str__(self) -> str:
        return f"form {self.token}"
