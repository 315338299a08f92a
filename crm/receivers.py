from django.dispatch import receiver

from accounts.signals import person_erased, person_exported
from shops.signals import pair_blocked

from . import services
from .models import Follower


@receiver(person_erased)
def forget_person(sender, *, user, **kwargs):
    services.forget_follower(user=user)


@receiver(person_exported)
def export_person(sender, *, user, data, **kwargs):
    data["follows"] = [
        {"shop": row.shop.name, "since": row.followed_at.isoformat(), "source": row.source}
        for row in Follower.objects.active().filter(user=user).select_related("shop").order_by("pk")
    ]


@receiver(pair_blocked, dispatch_uid="crm.pair_blocked")
def on_pair_blocked(sender, *, shop, buyer, **kwargs):
    """Who blocks a shop, or is blocked by it, follows it no more."""
    services.unfollow(shop=shop, user=buyer)
