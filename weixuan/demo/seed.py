"""Fill an empty installation with the demo; a second run finds everything in its place."""

from collections.abc import Callable

from django.db import connection

from shops.models import Shop

from . import catalogue, history, people, stories
from .sandbox import Sandbox


def seed(*, say: Callable[[str], object], limit: int | None = None) -> None:
    """Make what is missing.

    Args:
        say: told each step.
        limit: how many shops; all if None.
    """
    with Sandbox() as sandbox:
        if not sandbox.reachable:
            say("no sandbox answers: nobody has a phone")
        catalogue.seed_taxonomy()
        people.seed_ops()
        buyers = people.seed_buyers(sandbox)
        for entry in catalogue.shop_entries()[:limit]:
            _seed_shop(entry, sandbox)
        people.seed_agent(Shop.objects.get(name=people.FIRST_SHOP), sandbox)
        _analyze()
        say(f"{Shop.objects.count()} shops, {len(buyers)} buyers")
        if limit is None:
            stories.seed_first_days(buyers, sandbox, say=say)
            history.seed_history(buyers, sandbox)
            stories.seed_stories(buyers, sandbox, say=say)


def _seed_shop(entry: dict, sandbox: Sandbox) -> None:
    if Shop.objects.filter(name=entry["name"], products__isnull=False).exists():
        return
    owner = people.seed_owner(entry, sandbox)
    shop, _made = catalogue.seed_shop(entry, owner, sandbox)
    catalogue.seed_products(shop, entry, owner)


def _analyze() -> None:
    """PostgreSQL plans by statistics that it gathers only minutes after so many rows came at once."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
