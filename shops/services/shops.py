"""Shops: opened for a merchant, described by its staff, switched on and off."""

from datetime import datetime, time, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core import audit, images
from core.errors import Invalid
from core.locks import lock_row
from merchants.models import Merchant

from .. import text
from ..models import Shop
from .pictures import drop_checks, request_check

MAX_PROMISES = 8
LIMITS = {"introduction": 200, "city": 30, "persona_name": 20, "persona_voice": 200}
PICTURE_SIDE = 400
# What update_shop takes besides promises and pictures.
WORDS = ("name", *LIMITS)
LONGEST_PAUSE = timedelta(days=90)
RESUMED_TOGETHER = 500


@transaction.atomic
def create_shop(*, merchant: Merchant, name: str) -> Shop:
    """Open the shop of a new merchant; a merchant that has one keeps it.

    Raises:
        Invalid: the name is empty, longer than 30 characters, or can't be shown.
    """
    name = text.clean(name, field="name", limit=30, required=True)
    shop, created = Shop.objects.get_or_create(merchant=merchant, defaults={"name": name})
    if created:
        audit.record(actor=None, action="shops.created", target=shop, merchant=merchant.public_id)
    return shop


@transaction.atomic
def update_shop(*, shop: Shop, by, logo=None, persona_avatar=None, **fields) -> Shop:
    """Change the shop's face. Only what is passed changes.

    Args:
        logo, persona_avatar: uploaded pictures, which take the present one's place once they have passed the content
            check, or False to take the present one down.
        fields: name, introduction, city, persona_name, persona_voice, asks_from, asks_until (local
            times; equal means all day), promises (at most 8 of 20 characters).

    Raises:
        Invalid: a field breaks its rule; BadImage: a picture does.
    """
    pictures = {
        name: images.reencode(upload, max_side=PICTURE_SIDE) if upload else ""
        for name, upload in (("logo", logo), ("persona_avatar", persona_avatar))
        if upload is not None
    }
    shop = lock_row(shop)
    changed = []
    for name, value in _checked(fields).items():
        if getattr(shop, name) != value:
            setattr(shop, name, value)
            changed.append(name)
    changed += _change_pictures(shop, pictures)
    shop.save(update_fields=changed)
    sent = [name for name, picture in pictures.items() if picture]
    if changed or sent:
        audit.record(actor=by, action="shops.updated", target=shop, fields=sorted([*changed, *sent]))
    return shop


def _checked(fields: dict) -> dict:
    checked: dict[str, object] = {}
    for name, value in fields.items():
        if name == "name":
            checked[name] = text.clean(value, field=name, limit=30, required=True)
        elif name in LIMITS:
            checked[name] = text.clean(value, field=name, limit=LIMITS[name], lines=name == "persona_voice")
        elif name == "promises":
            checked[name] = text.clean_list(value, field=name, count=MAX_PROMISES, limit=20)
        elif name in ("asks_from", "asks_until"):
            if not isinstance(value, time):
                raise Invalid(fields={name: ["HH:MM"]})
            checked[name] = value
        else:
            raise TypeError(f"update_shop has no field {name}")
    return checked


def _change_pictures(shop: Shop, pictures: dict) -> list[str]:
    """Returns the names of those that changed at once: what was taken down. A new one first goes to the check."""
    for name, picture in pictures.items():
        if picture:
            request_check(shop=shop, place=name, picture=picture)
        else:
            drop_checks(shop=shop, place=name)
            setattr(shop, name, "")
    return [name for name, picture in pictures.items() if not picture]


@transaction.atomic
def set_taking_questions(*, shop: Shop, on: bool, by: User | None, until: datetime | None = None) -> None:
    """Flip the switch 正在接问题, for good or until a moment. The same position again is a quiet no-op.

    Args:
        by: None for the clock.
        until: UTC; off until then, at most LONGEST_PAUSE ahead. Questions come again by themselves.

    Raises:
        Invalid: `until` has passed, lies too far ahead, or was given for switching on.
    """
    if until is not None and (on or not timezone.now() < until <= timezone.now() + LONGEST_PAUSE):
        raise Invalid(fields={"until": [_("Choose a time within the next 90 days")]})
    locked = lock_row(shop)
    if (locked.takes_questions, locked.paused_until) != (on, until):
        locked.takes_questions, locked.paused_until = on, until
        locked.save(update_fields=["takes_questions", "paused_until"])
        facts = {"until": until.isoformat()} if until else {}
        audit.record(actor=by, action="shops.takes_questions" if on else "shops.rests", target=shop, **facts)
    shop.takes_questions, shop.paused_until = on, until


def resume_questions() -> int:
    """Shops whose pause is over take questions again; beat calls it. Returns how many."""
    over = list(Shop.objects.filter(paused_until__lte=timezone.now()).order_by("pk")[:RESUMED_TOGETHER])
    for shop in over:
        _resume(shop)
    return len(over)


@transaction.atomic
def _resume(shop: Shop) -> None:
    """Unless somebody has paused it anew meanwhile."""
    shop = lock_row(shop)
    if shop.paused_until and shop.paused_until <= timezone.now():
        set_taking_questions(shop=shop, on=True, by=None)
