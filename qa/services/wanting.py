"""The one door for what a shop wants to be asked."""

from dataclasses import replace

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core import audit
from core.errors import Invalid
from core.locks import lock_row
from shops.models import Category, Shop
from shops.services import update_shop
from shops.text import clean_list

from ..models import ShopPreferences
from ..wanted import Wanted

MAX_AREAS, MAX_AREA = 20, 20
MAX_CATEGORIES = 100
# Those of ShopPreferences; the hours stand with the shop.
KEPT = [name for name in Wanted.__dataclass_fields__ if not name.startswith("quiet")]


@transaction.atomic
def save_preferences(*, shop: Shop, by: User, wanted: Wanted) -> Wanted:
    """From the next question on the shop is asked what it wants; what it was asked already stays. Saving the same again
    changes nothing.

    Raises:
        Invalid: with `fields`: limits outside 1 to the platform's own (QA_SHOP_MAX_OPEN, QA_SHOP_DAILY_CAP), a
        range that ends before it begins, unknown categories, too many areas.
    """
    wanted = _checked(wanted)
    shop = lock_row(shop)
    before = Wanted.of(shop)
    update_shop(shop=shop, by=by, asks_from=wanted.quiet_until, asks_until=wanted.quiet_from)
    changed = {name: getattr(wanted, name) for name in KEPT if getattr(wanted, name) != getattr(before, name)}
    if changed:
        ShopPreferences.objects.update_or_create(shop=shop, defaults={name: getattr(wanted, name) for name in KEPT})
        audit.record(actor=by, action="qa.preferences_saved", target=shop, **changed)
    return wanted


def _checked(wanted: Wanted) -> Wanted:
    fields: dict[str, list[str]] = {}
    for name, limit in (("max_open", settings.QA_SHOP_MAX_OPEN), ("daily_cap", settings.QA_SHOP_DAILY_CAP)):
        value = getattr(wanted, name)
        if value is not None and not 1 <= value <= limit:
            fields[name] = [_("1 to %(n)s") % {"n": limit}]
    low, high = wanted.min_budget_fen, wanted.max_budget_fen
    if low < 0 or (high is not None and high <= low):
        fields["max_budget_fen"] = [_("More than the least budget")]
    chosen = {*wanted.categories_out, *wanted.categories_only}
    if len(chosen) > MAX_CATEGORIES or Category.objects.filter(pk__in=chosen).count() != len(chosen):
        fields["categories"] = [_("Choose from the list")]
    if fields:
        raise Invalid(fields=fields)
    only = sorted(set(wanted.categories_only))
    return replace(
        wanted,
        categories_only=only,
        categories_out=[] if only else sorted(set(wanted.categories_out)),
        areas=clean_list(wanted.areas, field="areas", count=MAX_AREAS, limit=MAX_AREA),
    )
