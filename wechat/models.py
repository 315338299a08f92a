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
