"""Following a shop. The list belongs to the shop; leaving it is the person's alone."""

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from core import audit
from core.errors import NotFound
from crm.models import Follower
from merchants.models import Membership
from shops.models import Shop


@transaction.atomic
def follow(*, shop: Shop, user: User, source: str = Follower.Source.SHOP) -> Follower:
    """Follow a shop. Somebody who follows already keeps where they came from and since when.

    Args:
        source: Follower.Source: where the wish arose.
    """
    row, created = Follower.objects.select_for_update().get_or_create(
        shop=shop, user=user, defaults={"source": Follower.Source(source), "followed_at": timezone.now()}
    )
    if not created and row.unfollowed_at is not None:
        row.source, row.followed_at, row.unfollowed_at = Follower.Source(source), timezone.now(), None
        row.save(update_fields=["source", "followed_at", "unfollowed_at"])
    return row


def unfollow(*, shop: Shop, user: User) -> None:
    """Stop following; without following nothing happens."""
    Follower.objects.active().filter(shop=shop, user=user).update(unfollowed_at=timezone.now())


def export_followers(*, shop: Shop, by: Membership) -> list[Follower]:
    """The shop's followers for a file, newest first; who took it and how many is written down.

    Raises:
        NotFound: another merchant's shop.
    """
    if by.merchant_id != shop.merchant_id:
        raise NotFound
    rows = list(Follower.objects.active().filter(shop=shop).select_related("user").order_by("-followed_at", "-pk"))
    audit.record(actor=by.user, action="crm.followers_exported", target=shop, count=len(rows))
    return rows


def forget_follower(*, user: User) -> None:
    """An erased person follows nobody, and no shop remembers that they did."""
    Follower.objects.filter(user=user).delete()
