"""What the demo's shops want to be asked, and whom a buyer keeps away. After the stories, which it leaves alone."""

from datetime import time

from accounts.models import User
from qa import services as qa
from qa.wanted import Wanted
from shops.models import Block, Shop
from shops.services import block

from .people import FIRST_SHOP
from .written import owner

# Shop -> what it has set. The first shop's hours stay open, so that the demo can be played at any time of day.
WISHES = {
    FIRST_SHOP: Wanted(max_open=8, daily_cap=30, min_budget_fen=5_000),
}
QUIET = Wanted(max_open=5, daily_cap=12, quiet_from=time(22), quiet_until=time(8))


def seed_wishes(buyer: User, *, apart_from: set[str]) -> None:
    """One quiet shop, which the buyer blocks, is none of those that the stories are about. Again changes nothing.

    Args:
        apart_from: names of the stories' shops.
    """
    for name, wanted in WISHES.items():
        shop = Shop.objects.get(name=name)
        qa.save_preferences(shop=shop, by=owner(shop), wanted=wanted)
    other = Shop.objects.exclude(name__in=apart_from | set(WISHES)).order_by("-pk").first()
    if other is not None:
        qa.save_preferences(shop=other, by=owner(other), wanted=QUIET)
        block(shop=other, buyer=buyer, side=Block.Side.BUYER, by=buyer)
