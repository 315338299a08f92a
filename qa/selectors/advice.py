"""What keeps a shop from being asked, said to that shop, with what it can do about it."""

from django.utils.translation import gettext as _

from ..matching import filters

PREFERENCES, PRODUCTS, ACCOUNT, SNIPPETS, INBOX = (
    "qa:preferences", "shops:products", "dashboard", "qa:snippets", "qa:inbox",
)  # fmt: skip
Said = tuple[list[str], str, str]


def refused(code: str) -> Said:
    """(reasons, advice, page) for a code of filters.RULES."""
    known = {
        "suspended": (_("The platform has suspended your shop"), "", ""),
        "closed": (_("Your shop was closed"), "", ""),
        "cannot_be_paid": (
            _("Your account at WeChat Pay could not take money yet"),
            _("Finish its opening; then questions come"),
            ACCOUNT,
        ),
        "resting": (_("You were not taking questions"), _("Switch it on, or let a rest end by itself"), PREFERENCES),
        "quiet_hours": (_("It came in your quiet hours"), _("Shorten them, or prepare an answer"), PREFERENCES),
        "category_out": (_("You don't take this kind of question"), _("Tick the kind, if you want it"), PREFERENCES),
        "area": (_("You don't serve this place"), _("Name more places, if you send there"), PREFERENCES),
        "low_budget": (_("The budget lay below what you take"), _("Lower it, if you have goods for it"), PREFERENCES),
        "high_budget": (_("The budget lay above what you take"), _("Raise it, if you have goods for it"), PREFERENCES),
        "full": (
            _("As many questions were open at your shop as you take"),
            _("Answer or pass on sooner: passing is free. Or take more at a time"),
            PREFERENCES,
        ),
        "daily_cap": (_("You had had your questions for that day"), _("Take more a day, if you can"), PREFERENCES),
        "out_of_stock": (_("What fits was out of stock"), _("Keep the stock up to date"), PRODUCTS),
        "too_dear": (
            _("What fits costs far more than the budget"),
            _("Something at a lower price would reach these buyers"),
            PRODUCTS,
        ),
        "too_far": (
            _("What you sell did not fit well enough"),
            _("Say material, use and size in titles, and fill in the properties: matching reads them"),
            PRODUCTS,
        ),
    }
    reason, advice, place = known.get(code) or (str(filters.WORDS.get(code, code)), "", "")
    return [reason], advice, place


def weaker(part: str) -> Said:
    """The same where the shop could have been asked and others came before; `part` of the score set it back most."""
    known = {
        "relevance": (
            _("What others sell fitted this wish more closely"),
            _("Say material, use and size in titles, and fill in the properties: matching reads them"),
            PRODUCTS,
        ),
        "price": (
            _("What others sell lay nearer to the budget"),
            _("A variant at this price would bring you forward"),
            PRODUCTS,
        ),
        "answers": (
            _("Others answer more surely"),
            _("Answer or pass on: what runs out counts against you, a pass only tells that the kind is not for you"),
            INBOX,
        ),
        "in_time": (
            _("Others answer sooner"),
            _("The first shops have minutes: let your people's phones tell them of questions"),
            INBOX,
        ),
        "adoption": (
            _("Others' answers are chosen more often"),
            _("Speak to each of the buyer's conditions, and name the day of arrival"),
            SNIPPETS,
        ),
        "service": (
            _("Buyers say better things of others' service"),
            _("Keep the promised day; reply in the chat"),
            "",
        ),
        "load": (_("You had more questions open than others"), _("Answer or pass on what waits"), INBOX),
        "recent": (_("You had just been asked more often than others; questions are spread"), "", ""),
    }
    reason, advice, place = known.get(part) or (_("You fitted as well as others; all places were taken"), "", "")
    return [reason], advice, place


def better(*, answers: float | None, seconds: float | None, adopted: float | None) -> list[tuple[str, str]]:
    """How to do better, as (what to do, page).

    Args:
        answers, seconds, adopted: own share or time minus the category's median; None where it is not known.
    """
    lines = []
    if answers is not None and answers < 0:
        lines.append(
            (
                _(
                    "Answer or pass on: what runs out counts against you, a pass only tells that the kind is not for you"
                ),
                INBOX,
            )
        )
        lines.append((_("Asked more than you can answer? Take fewer at a time"), PREFERENCES))
    if seconds is not None and seconds > 0:
        lines.append((_("Phrases make answers quicker; prepared answers go out by themselves"), SNIPPETS))
    if adopted is not None and adopted < 0:
        lines.append((_("Speak to each of the buyer's conditions, and name the day of arrival"), SNIPPETS))
    return lines
