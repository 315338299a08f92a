"""Products that may answer a need: found by words and category, held against its wishes."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.contrib.postgres.search import SearchQuery
from django.db.models import QuerySet

from shops import search
from shops.models import AttributeValue, Product

from ..need import Need
from ..understanding.catalogue import terms

# Products looked at for one need.
POOL = 400
# Share of each part in a product's relevance; they sum to 1. A part that the need says nothing about is left out.
WEIGHTS = {"words": 0.4, "category": 0.25, "attributes": 0.2, "price": 0.12, "city": 0.03}
LEAST_RELEVANCE = 0.25
# With fewer products than this found by whole words, single characters help: 杯子 finds 茶杯.
ENOUGH = 20
# Words of the need that no product found has still count a little against each of them.
UNHEARD = {True: 0.05, False: 0.3}


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
class Scored:
    rows: list[dict]
    candidates: list[Candidate]


def pool(need: Need, exclude: Collection[int]) -> list[dict]:
    """Products on sale anywhere that the words or the category reach, the nearest first."""
    on_sale = Product.objects.filter(status=Product.Status.PUBLISHED).exclude(shop_id__in=exclude)
    found = list(columns(search.products(" ".join(need.words), on_sale))[:POOL]) if need.words else []
    if need.category_id and len(found) < POOL:
        seen = [row["id"] for row in found]
        same = on_sale.filter(category_id=need.category_id).exclude(pk__in=seen).order_by("-sold", "-id")
        found += columns(same)[: POOL - len(found)]
    characters = [word for word in need.words if len(word) == 1 and search.is_chinese(word)]
    if characters and len(found) < ENOUGH:
        # Folded Chinese characters: nothing in them can be an operator of a tsquery.
        any_of = SearchQuery(" | ".join(characters), search_type="raw", config="simple")
        near = on_sale.filter(search=any_of).exclude(pk__in=[row["id"] for row in found]).order_by("-sold", "-id")
        found += columns(near)[: POOL - len(found)]
    return found


def columns(products: QuerySet[Product]) -> QuerySet:
    # Named columns: the merchant's rates and the shop's texts are not even loaded.
    return products.values(
        "id", "title", "price_from_fen", "stock", "category_id", "category__parent_id", "shop_id", "shop__is_open",
        "shop__takes_questions", "shop__asks_from", "shop__asks_until", "shop__city", "shop__merchant__status",
        "shop__merchant__sub_merchant__status",
    )  # fmt: skip


def score(need: Need, rows: list[dict]) -> Scored:
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
    return Scored(rows, candidates)


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
