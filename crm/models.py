from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models import PublicModel
from shops.models import Shop


class FollowerQuerySet(models.QuerySet):
    def active(self):
        return self.filter(unfollowed_at=None)


class Follower(PublicModel):
    """A person who follows a shop. The list belongs to the shop."""

    class Source(models.TextChoices):
        SHOP = "shop", _("Shop page")
        CHAT = "chat", _("Chat")
        PURCHASE = "purchase", _("Purchase")

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="followers", verbose_name=_("shop"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="follows", verbose_name=_("person"))
    source = models.CharField(_("came from"), max_length=10, choices=Source)
    followed_at = models.DateTimeField(_("since"))
    unfollowed_at = models.DateTimeField(_("left"), null=True)

    objects = FollowerQuerySet.as_manager()

    class Meta:
        verbose_name = _("follower")
        verbose_name_plural = _("followers")
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["shop", "user"], name="follower_once")]

    def __str__(self):
        return f"{self.user} -> {self.shop}"
