from django.db import models
from django.utils.translation import gettext_lazy as _


class CallbackReceipt(models.Model):
    """A push that was dealt with. WeChat repeats each up to three times when our answer is late or lost."""

    key = models.CharField(_("key"), max_length=64, unique=True, help_text=_("A hash: it names nobody"))
    # What we answered, so that a repetition gets the same.
    reply = models.TextField(_("reply"), blank=True)
    received_at = models.DateTimeField(_("received"), auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = _("callback receipt")
        verbose_name_plural = _("callback receipts")

    def __str__(self) -> str:
        return self.key[:12]


class ResentPicture(models.Model):
    """A picture that was sent to the check again: a verdict under its first number is about it all the same."""

    trace_id = models.CharField(primary_key=True, max_length=64)
    # The number under which it was sent last.
    again_as = models.CharField(max_length=64, db_index=True)
    sent_at = models.DateTimeField(auto_now_add=True, db_index=True)

    def __str__(self) -> str:
        return f"{self.trace_id} -> {self.again_as}"
