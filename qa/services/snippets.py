"""常用语: phrases that a shop's staff put into answers."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core import audit
from core.errors import Invalid
from core.locks import lock_row
from shops.models import Shop
from shops.text import clean

from ..drafts import MAX_TEXT
from ..models import Snippet

MAX_SNIPPETS = 50
MAX_TITLE = 20


@transaction.atomic
def save_snippet(*, shop: Shop, by: User, title: str, text: str, snippet: Snippet | None = None) -> Snippet:
    """Keep a phrase; `snippet` is the one that it changes. A shop's names differ.

    Args:
        title: 1 to 20 characters, found by when typing.
        text: 1 to 500 characters, with blanks of shops.placeholders.

    Raises:
        Invalid: with `fields` title or text; or the shop has 50 already.
    """
    title = clean(title, field="title", limit=MAX_TITLE, required=True)
    text = clean(text, field="text", limit=MAX_TEXT, required=True, lines=True)
    # The shop's row: two saves at once must not pass the limit or the name together.
    shop = lock_row(shop)
    others = Snippet.objects.filter(shop=shop).exclude(pk=snippet.pk if snippet else None)
    if snippet is None and others.count() >= MAX_SNIPPETS:
        raise Invalid(fields={"title": [_("At most %(count)s phrases") % {"count": MAX_SNIPPETS}]})
    if others.filter(title=title).exists():
        raise Invalid(fields={"title": [_("There is a phrase of this name already")]})
    if snippet is None:
        last = others.order_by("position").values_list("position", flat=True).last() or 0
        snippet = Snippet(shop=shop, position=last + 1)
    snippet.title, snippet.text = title, text
    snippet.save()
    audit.record(actor=by, action="qa.snippet_saved", target=snippet)
    return snippet


@transaction.atomic
def delete_snippet(*, snippet: Snippet, by: User) -> None:
    """Throw a phrase away; answers that were written with it stay. A second call changes nothing."""
    found = Snippet.objects.select_for_update().filter(pk=snippet.pk).first()
    if found:
        audit.record(actor=by, action="qa.snippet_deleted", target=found, title=found.title)
        found.delete()
