"""What people type: cleaned, bounded, refused where it can't be shown."""

import unicodedata
from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from core.errors import Invalid


def clean(value: object, *, field: str, limit: int, required: bool = False, lines: bool = False) -> str:
    """Return `value` without outer and doubled spaces.

    Args:
        field: name under which a refusal is reported.
        limit: characters allowed.
        lines: line breaks stay; otherwise they become spaces.

    Raises:
        Invalid: not text, empty though required, too long, or with control characters.
    """
    if not isinstance(value, str):
        raise Invalid(fields={field: [_("Enter text")]})
    text = value.replace("\r\n", "\n").replace("\r", "\n").strip()
    text = "\n".join(" ".join(line.split()) for line in text.split("\n")) if lines else " ".join(text.split())
    if any(unicodedata.category(character) in ("Cc", "Cs", "Co") and character != "\n" for character in text):
        raise Invalid(fields={field: [_("There are characters in it that can't be shown")]})
    if required and not text:
        raise Invalid(fields={field: [_("Fill this in")]})
    if len(text) > limit:
        message = _("At most %(limit)s characters; this is %(over)s too many") % {
            "limit": limit,
            "over": len(text) - limit,
        }
        raise Invalid(fields={field: [message]})
    return text


def clean_list(values: Iterable[object], *, field: str, count: int, limit: int) -> list[str]:
    """Clean each of at most `count` texts; empty ones and repeats drop out.

    Raises:
        Invalid: not a list, too many, or one of them is refused by `clean`.
    """
    if not isinstance(values, list | tuple):
        raise Invalid(fields={field: [_("Enter a list")]})
    texts = dict.fromkeys(text for value in values if (text := clean(value, field=field, limit=limit)))
    if len(texts) > count:
        raise Invalid(fields={field: [_("At most %(count)s") % {"count": count}]})
    return list(texts)
