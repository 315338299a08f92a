"""Public answers as anybody reads them, as their buyer decides on them, and as their shop sees them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, Prefetch, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from core.prepared import any_of
from merchants.models import Membership
from orders.models import Order, QuoteLine
from shops.categories import branch
from shops.models import Category, Product, Shop
from shops.selectors import blocked_by, media_url, stock_state

from ..models import Answer, AnswerCard, PublicAnswer, PublicFeedback, ShopPreferences
from ..need import Need
from ..public import search

# Similar questions at the most, and beside a question that nobody answered.
MOST_SIMILAR, BESIDE = 50, 3
# A buyer's adopted answers that are shown with their state.
MOST_OWN = 100


@dataclass(frozen=True)
class Badge:
    """A shop's expertise in a category: so many of its public answers have helped people."""

    category_id: str
    category: str
    answers: int

    @property
    def words(self) -> str:
        return _("%(category)s · %(n)s answers helped people") % {"category": self.category, "n": self.answers}

    def to_json(self) -> dict:
        return {
            "category": {"id": self.category_id, "name": self.category},
            "answers": self.answers,
            "words": self.words,
        }


def badges(shop_ids: Iterable[int]) -> dict[int, list[Badge]]:
    """The badges of these shops, best first; one statement, over what people said of answers and nothing else."""
    proven = PublicAnswer.objects.visible().filter(shop__in=list(shop_ids), proven=True, category__isnull=False)
    rows = (
        proven.values("shop_id", "category__public_id", "category__name")
        .annotate(n=Count("pk"), askers=Count("answer__question__buyer", distinct=True))
        .filter(n__gte=settings.QA_BADGE_ANSWERS, askers__gte=settings.QA_BADGE_ANSWERS)
        .order_by("-n", "category__name")
    )
    found: dict[int, list[Badge]] = defaultdict(list)
    for row in rows:
        found[row["shop_id"]].append(Badge(row["category__public_id"], row["category__name"], row["n"]))
    return found


def badges_of_shop(shop: Shop) -> list[dict]:
    """settings.SHOP_BADGES: what the shop's page shows."""
    return [badge.to_json() for badge in badges([shop.pk])[shop.pk]]


def badge_in(badges: Sequence[Badge], category: Category | None) -> dict | None:
    """The one that counts where `category` is talked about."""
    wanted = category.public_id if category else ""
    return next((badge.to_json() for badge in badges if badge.category_id == wanted), None)


def publishes(shop: Shop) -> bool:
    """Whether the shop lets its adopted answers be public."""
    return not ShopPreferences.objects.filter(shop=shop, publishes=False).exists()


def is_partial(public: PublicAnswer, person: User) -> bool:
    """Whether the person asked it, or works or has worked for the shop that answered."""
    if public.answer.question.buyer_id == person.pk:
        return True
    return Membership.objects.filter(merchant__shop=public.shop_id, user=person).exists()


def public_answers(
    *, query: str = "", category: str = "", shop: str = "", hidden: Collection[int] = ()
) -> QuerySet[PublicAnswer]:
    """What anybody may read: for words the MOST_SIMILAR likest and most helpful; else the best first.

    Args:
        query: what somebody types; empty for all, and none where it says nothing.
        category, shop: public ids; empty for all. A category brings those below it.
        hidden: shops that the reader has blocked.
    """
    rows = PublicAnswer.objects.visible()
    if hidden:
        rows = rows.exclude(shop__in=hidden)
    if category:
        rows = rows.filter(any_of("category_id", branch(category)))
    if shop:
        rows = rows.filter(shop__public_id=shop)
    return search.similar(query, rows, limit=MOST_SIMILAR) if query else rows.order_by("-score", "-id")


def with_parts(rows: QuerySet[PublicAnswer]) -> QuerySet[PublicAnswer]:
    """Ready for `public_json`, in a constant number of statements."""
    lines = QuoteLine.objects.select_related("sku")
    cards = AnswerCard.objects.select_related("product", "quote").defer("product__search", "product__description")
    return (
        rows.select_related("answer", "shop", "category")
        .defer("search")
        .prefetch_related(Prefetch("answer__cards", cards), Prefetch("answer__cards__quote__lines", lines))
    )


def cards_json(rows: Sequence[PublicAnswer]) -> list[dict]:
    """Rows of `with_parts` as everybody reads them."""
    found = badges({row.shop_id for row in rows}) if rows else {}
    return [public_json(row, found.get(row.shop_id, [])) for row in rows]


def public_json(row: PublicAnswer, badges: Sequence[Badge]) -> dict:
    shop = row.shop
    return {
        "id": row.public_id,
        "question": row.question,
        "text": row.text,
        "automatic": row.answer.is_automatic,
        "category": {"id": row.category.public_id, "name": row.category.name} if row.category else None,
        "shop": {"id": shop.public_id, "name": shop.name, "logo": media_url(shop.logo.name)},
        "persona_name": shop.persona_name,
        "badge": badge_in(badges, row.category),
        "products": [_product(card) for card in row.answer.cards.all()],
        "helped": row.helped,
        "not_helped": row.not_helped,
        "published_at": row.published_at,
        "url": page_url(row),
    }


def _product(card: AnswerCard) -> dict:
    """What was recommended, as it is today."""
    product, sku = card.product, card.quote.lines.all()[0].sku
    on_sale = product.status == Product.Status.PUBLISHED and sku.archived_at is None
    return {
        "id": product.public_id,
        "title": product.title,
        "sku_name": sku.name,
        "cover": product.cover,
        "on_sale": on_sale,
        "price_fen": sku.price_fen if on_sale else None,
        "stock_state": stock_state(sku.stock) if on_sale else "sold_out",
    }


def page_url(row: PublicAnswer) -> str:
    return settings.PUBLIC_URL + reverse("public:answer", args=[row.public_id])


def detail_json(row: PublicAnswer, reader) -> dict:
    """With what this reader said of it, and whether they may.

    Args:
        reader: the person, or Django's anonymous one.
    """
    mine = None
    if reader.is_authenticated:
        mine = PublicFeedback.objects.filter(public_answer=row, person=reader).values_list("helped", flat=True).first()
    may = reader.is_authenticated and not is_partial(row, reader)
    return {**cards_json([row])[0], "my_feedback": mine, "can_judge": may}


def beside(text: str, need: Need, buyer: User) -> list[dict]:
    """The best public answers for a question that nobody has answered; none of a shop that the buyer has blocked."""
    return cards_json(like(text, need.category_id, BESIDE, hidden=blocked_by(buyer)))


def like(
    text: str, category_id: int | None, limit: int, *, apart_from: int | None = None, hidden: Collection[int] = ()
) -> list[PublicAnswer]:
    """Similar ones, and where these are few the best of the category.

    Args:
        apart_from: primary key of one that is left out.
        hidden: primary keys of shops whose answers are left out.
    """
    rows = list(with_parts(public_answers(query=text, hidden=hidden)).exclude(pk=apart_from)[:limit])
    if len(rows) < limit and category_id:
        others = public_answers(hidden=hidden).filter(category=category_id)
        rows += with_parts(others.exclude(pk__in=[apart_from, *(row.pk for row in rows)]))[: limit - len(rows)]
    return rows


# The buyer's own


def publication_json(answer: Answer) -> dict:
    """What the buyer decides by. `status` is "none" where nothing was proposed yet."""
    row = PublicAnswer.objects.filter(answer=answer).first()
    again = row is not None and row.status == PublicAnswer.Status.WITHDRAWN and row.withdrawn_by == "buyer"
    adopted = answer.status == Answer.Status.ADOPTED
    return {
        "answer_id": answer.public_id,
        "public_id": row.public_id if row else None,
        "status": row.status if row else "none",
        "question": row.question if row else "",
        "text": row.text if row else "",
        "reason": row.reason if row else "",
        "helped": row.helped if row else 0,
        "can_propose": adopted and (row is None or again) and publishes(answer.shop),
        "url": page_url(row) if row and row.status == PublicAnswer.Status.PUBLIC else "",
    }


def own_publications(user: User) -> list[dict]:
    """The buyer's adopted answers with what became of them, newest first; which orders came of them."""
    answers = Answer.objects.filter(question__buyer=user, status=Answer.Status.ADOPTED)
    answers = answers.select_related("shop", "publication").order_by("-id")[:MOST_OWN]
    orders = _orders_of(answers)
    silent = _silent({answer.shop_id for answer in answers})
    return [
        {
            "answer_id": answer.public_id,
            "shop": {"id": answer.shop.public_id, "name": answer.shop.name, "logo": media_url(answer.shop.logo.name)},
            "text": answer.text,
            "status": _status(answer),
            "helped": answer.publication.helped if _status(answer) != "none" else 0,
            "can_propose": _status(answer) in ("none", "proposed") and answer.shop_id not in silent,
            "order_ids": orders[answer.pk],
        }
        for answer in answers
    ]


def _status(answer: Answer) -> str:
    return answer.publication.status if hasattr(answer, "publication") else "none"


def _orders_of(answers: Iterable[Answer]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    orders = Order.objects.filter(quote__answer_card__answer__in=[answer.pk for answer in answers])
    for answer_id, public_id in orders.values_list("quote__answer_card__answer", "public_id"):
        found[answer_id].append(public_id)
    return found


def _silent(shop_ids: Collection[int]) -> set[int]:
    return set(ShopPreferences.objects.filter(shop__in=shop_ids, publishes=False).values_list("shop_id", flat=True))


def export_public(user: User) -> list[dict]:
    """What the person made public, for the copy of their data."""
    rows = PublicAnswer.objects.of_buyer(user).exclude(status=PublicAnswer.Status.PROPOSED).order_by("pk")
    return [
        {
            "question": row.question,
            "status": row.status,
            "consent_version": row.consent_version,
            "consented_at": row.consented_at and row.consented_at.isoformat(),
            "ended_at": row.ended_at and row.ended_at.isoformat(),
        }
        for row in rows
    ]
