"""Which shops to ask: the one function `match`, behind which everything may be replaced (settings.QA_MATCHER).

A shop is as good as its best product for this need. Products are found by search words and category, scored by
words, category, attributes, price and place; the shop's record of answering and its present load come on top.
What a merchant pays, for ads or as a fee, is never read here.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from django.contrib.postgres.search import SearchQuery
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from merchants.models import Merchant
from payments.models import SubMerchant
from shops import search
from shops.models import AttributeValue, Product

from .models import Invitation
from .need import Need
from .understanding.catalogue import terms

# Products looked at for one need, and refused shops kept for the story.
POOL = 400
REFUSED_KEPT = 20
PRODUCTS_SHOWN = 3
# Share of each part in a product's relevance; they sum to 1. A part that the need says nothing about is left out.
WEIGHTS = {"words": 0.4, "category": 0.25, "attributes": 0.2, "price": 0.12, "city": 0.03}
LEAST_RELEVANCE = 0.25
# With fewer products than this found by whole words, single characters help: 杯子 finds 茶杯.
ENOUGH = 20
# Words of the need that no product found has still count a little against each of them.
UNHEARD = {True: 0.05, False: 0.3}
RECORD_DAYS = 90
# A new shop is believed to answer as often as this, with the weight of as many invitations.
PRIOR_RATE, PRIOR_WEIGHT = 0.5, 4
# Each question that is open at a shop lowers its score; at FULL_LOAD it is asked nothing more.
LOAD_STEP, FULL_LOAD = 0.02, 20


@dataclass
class Candidate:
    """A product in stock that may answer the need."""

    product_id: int
    shop_id: int
    price_fen: int
    values: dict[str, list[str]]
    features: dict[str, float]
    relevance: float = 0.0


@dataclass
class Match:
    """A shop that was looked at.

    Attributes:
        score: comparable within one call only.
        features: the named parts of the score, 0 to 1 but for `load` (questions open there).
        product_ids: its best products for the need, best first.
        reason: "" when it may be asked, else why not: closed, resting, quiet_hours, cannot_be_paid,
            out_of_stock, too_far, full.
    """

    shop_id: int
    score: float
    features: dict[str, float] = field(default_factory=dict)
    product_ids: list[int] = field(default_factory=list)
    reason: str = ""


def match(need: Need, *, exclude: Collection[int], limit: int, at: datetime) -> list[Match]:
    """Shops for this need, best first: at most `limit` that may be asked, then the best of those that may not.

    Args:
        exclude: shops (primary keys) that have been asked already.
        at: the moment of asking; shops have quiet hours.
    """
    scored = _score(need, _pool(need, exclude))
    by_shop: dict[int, list[Candidate]] = defaultdict(list)
    rows = {row["id"]: row for row in scored.rows}
    for candidate in scored.candidates:
        by_shop[candidate.shop_id].append(candidate)
    records = _records(by_shop, at)
    loads = _loads(by_shop)
    matches = [_match_shop(products, rows, records, loads, at) for products in by_shop.values()]
    matches.sort(key=lambda found: (-found.score, found.shop_id))
    fitting = [found for found in matches if not found.reason]
    refused = [found for found in matches if found.reason]
    return [*fitting[:limit], *refused[:REFUSED_KEPT]]


def rank_products(need: Need, products: QuerySet[Product], *, limit: int) -> list[Candidate]:
    """The products of `products` that fit the need, best first; for one shop's picker or a buyer's suggestions."""
    return _score(need, list(_columns(products)[:POOL])).candidates[:limit]


def in_stock(need: Need) -> list[Candidate]:
    """What the buyer could really get now: the material of the clarifying questions."""
    rows = [row for row in _pool(need, ()) if row["stock"] > 0 and not _shop_reason(row, None)]
    return [found for found in _score(need, rows).candidates if found.relevance >= LEAST_RELEVANCE]


@dataclass
class _Scored:
    rows: list[dict]
    candidates: list[Candidate]


def _pool(need: Need, exclude: Collection[int]) -> list[dict]:
    """Products on sale anywhere that the words or the category reach, the nearest first."""
    on_sale = Product.objects.filter(status=Product.Status.PUBLISHED).exclude(shop_id__in=exclude)
    found = list(_columns(search.products(" ".join(need.words), on_sale))[:POOL]) if need.words else []
    if need.category_id and len(found) < POOL:
        seen = [row["id"] for row in found]
        same = on_sale.filter(category_id=need.category_id).exclude(pk__in=seen).order_by("-sold", "-id")
        found += _columns(same)[: POOL - len(found)]
    characters = [word for word in need.words if len(word) == 1 and search.is_chinese(word)]
    if characters and len(found) < ENOUGH:
        # Folded Chinese characters: nothing in them can be an operator of a tsquery.
        any_of = SearchQuery(" | ".join(characters), search_type="raw", config="simple")
        near = on_sale.filter(search=any_of).exclude(pk__in=[row["id"] for row in found]).order_by("-sold", "-id")
        found += _columns(near)[: POOL - len(found)]
    return found


def _columns(products: QuerySet[Product]) -> QuerySet:
    # Named columns: the merchant's rates and the shop's texts are not even loaded.
    return products.values(
        "id", "title", "price_from_fen", "stock", "category_id", "category__parent_id", "shop_id", "shop__is_open",
        "shop__takes_questions", "shop__asks_from", "shop__asks_until", "shop__city", "shop__merchant__status",
        "shop__merchant__sub_merchant__status",
    )  # fmt: skip


def _score(need: Need, rows: list[dict]) -> _Scored:
    """Candidates by falling relevance; what the buyer wants to avoid drops out."""
    values = _values([row["id"] for row in rows])
    weights = _token_weights(need.words, rows)
    candidates = []
    for row in rows:
        found = Candidate(row["id"], row["shop_id"], row["price_from_fen"], {}, {})
        for attribute, name, _ in values[row["id"]]:
            found.values.setdefault(attribute, []).append(name)
        if avoids(need, row["title"], values[row["id"]]):
            continue
        found.features = _features(need, row, found.values, weights)
        total = sum(WEIGHTS[name] for name in found.features)
        found.relevance = sum(WEIGHTS[name] * part for name, part in found.features.items()) / total if total else 0.0
        candidates.append(found)
    candidates.sort(key=lambda found: (-found.relevance, found.product_id))
    return _Scored(rows, candidates)


def _values(product_ids: list[int]) -> dict[int, list[tuple[str, str, str]]]:
    links = AttributeValue.products.through.objects.filter(product_id__in=product_ids).values_list(
        "product_id", "attributevalue__attribute__name", "attributevalue__name", "attributevalue__synonyms"
    )
    found: dict[int, list[tuple[str, str, str]]] = defaultdict(list)
    for product_id, name, value, synonyms in links:
        found[product_id].append((name, value, synonyms))
    return found


def avoids(need: Need, title: str, values: Iterable[tuple[str, str, str]]) -> bool:
    """True when the product is, by its title or its (attribute, value, synonyms), what the buyer wants to avoid."""
    unwanted = [search.fold(word) for word in need.avoid]
    said = [search.fold(title), *(term for _, name, synonyms in values for term in terms(name, synonyms))]
    return any(word in text or text in word for word in unwanted for text in said)


def _token_weights(words: list[str], rows: list[dict]) -> dict[str, float]:
    """The rarer a word among the titles found, the more it tells; single characters tell little."""
    titles = [set(search.tokens(row["title"])) for row in rows]
    for row, title in zip(rows, titles, strict=True):
        row["tokens"] = title
    counts = Counter(token for title in titles for token in title)
    return {
        word: (1.0 if len(word) > 1 else 0.25) / (1 + counts[word] / len(rows))
        if counts[word]
        else UNHEARD[len(word) == 1]
        for word in words
    }


def _features(need: Need, row: dict, values: dict[str, list[str]], weights: dict[str, float]) -> dict[str, float]:
    parts = {}
    if weights:
        parts["words"] = sum(weight for word, weight in weights.items() if word in row["tokens"]) / sum(
            weights.values()
        )
    if need.category_id:
        parts["category"] = float(row["category_id"] == need.category_id)
    if need.attributes:
        parts["attributes"] = sum(_attribute_fit(values, *wish) for wish in need.attributes.items()) / len(
            need.attributes
        )
    if need.has_budget:
        parts["price"] = price_fit(need, row["price_from_fen"])
    if need.city and row["shop__city"]:
        parts["city"] = float(need.city in row["shop__city"])
    return parts


def _attribute_fit(values: dict[str, list[str]], name: str, wanted: str) -> float:
    """A shop that does not say is better than one that says otherwise."""
    return 0.4 if name not in values else float(wanted in values[name])


def price_fit(need: Need, price_fen: int) -> float:
    """1 within the budget, falling to 0 at half below or half above it."""
    low, high = need.budget_min_fen, need.budget_max_fen
    if high and price_fen > high:
        return max(0.0, 1 - 2 * (price_fen - high) / high)
    if low and price_fen < low:
        return max(0.0, 1 - 2 * (low - price_fen) / low)
    return 1.0


def _match_shop(products: list[Candidate], rows: dict, records: dict, loads: dict, at: datetime) -> Match:
    stocked = [found for found in products if rows[found.product_id]["stock"] > 0]
    best = (stocked or products)[0]
    shop_id, load = best.shop_id, loads[best.shop_id]
    rate = records[shop_id]
    features = {name: round(part, 3) for name, part in best.features.items()}
    features |= {"relevance": round(best.relevance, 3), "answers": round(rate, 3), "load": load}
    score = best.relevance * (0.6 + 0.4 * rate) - LOAD_STEP * load
    reason = _shop_reason(rows[best.product_id], at)
    if not reason:
        checks = (
            ("out_of_stock", not stocked),
            ("too_far", best.relevance < LEAST_RELEVANCE),
            ("full", load >= FULL_LOAD),
        )
        reason = next((name for name, failed in checks if failed), "")
    shown = [found.product_id for found in (stocked or products) if found.relevance >= LEAST_RELEVANCE]
    return Match(shop_id, round(score, 4), features, shown[:PRODUCTS_SHOWN], reason)


def _shop_reason(row: dict, at: datetime | None) -> str:
    """Why this product's shop may not be asked, or "". Without `at`, quiet hours don't count."""
    if not row["shop__is_open"] or row["shop__merchant__status"] != Merchant.Status.ACTIVE:
        return "closed"
    if row["shop__merchant__sub_merchant__status"] != SubMerchant.Status.ACTIVE:
        return "cannot_be_paid"
    if not row["shop__takes_questions"]:
        return "resting"
    if at is not None and not awake(row["shop__asks_from"], row["shop__asks_until"], at):
        return "quiet_hours"
    return ""


def awake(start: time, end: time, at: datetime) -> bool:
    """Whether `at` lies in the shop's hours (local time). Equal ends mean all day; they may span midnight."""
    now = timezone.localtime(at).time()
    if start == end:
        return True
    return start <= now < end if start < end else now >= start or now < end


def _records(shop_ids: Collection[int], at: datetime) -> dict[int, float]:
    """Share of recent invitations that each shop answered, smoothed for those with few."""
    since = at - timedelta(days=RECORD_DAYS)
    over = Q(status__in=[Invitation.Status.ANSWERED, Invitation.Status.LAPSED])
    rows = (
        Invitation.objects.filter(over, shop_id__in=shop_ids, created_at__gte=since)
        .values("shop_id")
        .annotate(asked=Count("id"), answered=Count("id", filter=Q(status=Invitation.Status.ANSWERED)))
    )
    known = {row["shop_id"]: (row["answered"], row["asked"]) for row in rows}
    rates = {}
    for shop_id in shop_ids:
        answered, asked = known.get(shop_id, (0, 0))
        rates[shop_id] = (answered + PRIOR_RATE * PRIOR_WEIGHT) / (asked + PRIOR_WEIGHT)
    return rates


def _loads(shop_ids: Collection[int]) -> Counter:
    """Questions open at each shop now."""
    rows = Invitation.objects.filter(shop_id__in=shop_ids, status__in=Invitation.OPEN).values("shop_id")
    return Counter({row["shop_id"]: row["n"] for row in rows.annotate(n=Count("id"))})
