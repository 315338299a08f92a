"""A shop and a buyer who don't want to meet any more: blocked by one of them, met again when that one says so."""

from django.db import transaction

from accounts.models import User
from core import audit
from merchants.models import Membership

from ..errors import OwnShop
from ..models import Block, Shop
from ..signals import pair_blocked, pair_unblocked


@transaction.atomic
def block(*, shop: Shop, buyer: User, side: str, by: User) -> Block:
    """From now on no question of the buyer's reaches the shop, and neither can write to the other; a buyer who blocks
    isn't shown its goods either. Orders between them go on. A repeat changes nothing.

    Args:
        side: Block.Side: who wants it. The other's block, where there is one, stays beside it.

    Raises:
        OwnShop: the buyer works there.
    """
    if Membership.objects.filter(user=buyer, merchant=shop.merchant_id, removed_at=None).exists():
        raise OwnShop
    row, created = Block.objects.get_or_create(shop=shop, buyer=buyer, side=Block.Side(side))
    if created:
        audit.record(actor=by, action="shops.blocked", target=shop, buyer=buyer.public_id, side=side)
        pair_blocked.send(sender=Block, shop=shop, buyer=buyer)
    return row


@transaction.atomic
def unblock(*, shop: Shop, buyer: User, side: str, by: User) -> None:
    """Take one's own block back; without one nothing happens. What was missed meanwhile does not come again."""
    deleted, _rows = Block.objects.filter(shop=shop, buyer=buyer, side=Block.Side(side)).delete()
    if deleted:
        audit.record(actor=by, action="shops.unblocked", target=shop, buyer=buyer.public_id, side=side)
        pair_unblocked.send(sender=Block, shop=shop, buyer=buyer)


def forget_blocks(*, user: User) -> None:
    """An erased person blocks nobody and is blocked by nobody: nothing is left that could meet."""
    Block.objects.filter(buyer=user).delete()
