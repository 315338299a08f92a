"""Where in the catalogue a wish belongs: its category, and the attribute values that it names."""

from collections import Counter

from django.conf import settings

from shops import search
from shops.categories import mentioned
from shops.models import AttributeValue, Category, Product

from ..need import ATTRIBUTE, GUESSED, SAID, Need

# How many of the nearest products vote for their category, and what share of votes settles it.
VOTERS = 40
CLEAR_SHARE = 0.6
OPTION_SHARE = 0.15
MAX_OPTIONS = 4


def place(need: Need, text: str) -> None:
    """Set category (or the likely ones) and attributes of `need` from a folded text. Five queries at most."""
    votes = _votes(need.words)
    categories = {row.pk: row for row in Category.objects.filter(pk__in=[*mentioned(text), *votes])}
    named = _named(categories, text)
    likely = _likely(named, votes, categories)
    if len(likely) == 1:
        need.category_id = likely[0]
        need.origins["category"] = SAID if named[likely[0]] else GUESSED
        _take(need, attributes_in(text, need.category_id))
    else:
        need.category_options = likely[:MAX_OPTIONS]


def attributes_in(text: str, category_id: int) -> dict[str, str]:
    """Attribute name -> value name for each attribute of the category whose value or synonym is in the text."""
    values = AttributeValue.objects.filter(attribute__category=category_id)
    rows = values.order_by("attribute__position", "attribute", "position", "pk")
    found: dict[str, str] = {}
    longest: Counter = Counter()
    for attribute, name, synonyms in rows.values_list("attribute__name", "name", "synonyms"):
        size = max((len(term) for term in terms(name, synonyms) if term in text), default=0)
        if size > longest[attribute]:
            found[attribute], longest[attribute] = name, size
    return found


def terms(name: str, synonyms: str) -> list[str]:
    """The words by which an attribute value is called; a single character means too many things."""
    folded = (search.fold(term) for term in [name, *synonyms.replace("，", " ").replace(",", " ").split()])
    return [term for term in folded if len(term) > 1]


def _named(categories: dict[int, Category], text: str) -> Counter:
    """Categories by how much of their name and keywords the text has."""
    scores: Counter = Counter()
    for category in categories.values():
        names = [category.name, *category.name.replace("/", " ").replace("、", " ").split()]
        for term in {search.fold(name) for name in names}:
            scores[category.pk] += 2 * len(term) if term and term in text else 0
        for term in {search.fold(word) for word in category.keywords.split()}:
            scores[category.pk] += len(term) if len(term) > 1 and term in text else 0
    return +scores


def _votes(words: list[str]) -> Counter:
    """Categories of the products nearest to the words, the nearer the heavier."""
    votes: Counter = Counter()
    if words:
        # Whether the shop is open now does not change what the thing is.
        on_sale = Product.objects.filter(status=Product.Status.PUBLISHED, category__isnull=False)
        nearest = search.products(" ".join(words), on_sale, most=settings.SEARCH_BUDGET).values_list(
            "category_id", "matches"
        )
        for rank, (category_id, matches) in enumerate(nearest[:VOTERS]):
            votes[category_id] += matches / (rank + 3)
    return votes


def _likely(named: Counter, votes: Counter, categories: dict[int, Category]) -> list[int]:
    """One category where it is clear, several where it is not, none where nothing points anywhere."""
    above = set(Category.objects.filter(parent__in=named).values_list("parent", flat=True)) if named else set()
    leaves = {pk: score for pk, score in named.items() if pk not in above}
    if leaves:
        best = max(leaves.values())
        top = sorted(
            (pk for pk, score in leaves.items() if score * 2 > best), key=lambda pk: (-leaves[pk], -votes[pk], pk)
        )
        if len(top) == 1 or leaves[top[0]] > leaves[top[1]]:
            return top[:1]
        return _settle(top, votes)
    under = {pk for pk, category in categories.items() if category.parent_id in named}
    pool = {pk: score for pk, score in votes.items() if not under or pk in under}
    return _settle(sorted(pool, key=lambda pk: (-pool[pk], pk)), votes)


def _settle(order: list[int], votes: Counter) -> list[int]:
    total = sum(votes[pk] for pk in order)
    if not total:
        return order
    if votes[max(order, key=lambda pk: votes[pk])] >= CLEAR_SHARE * total:
        return [max(order, key=lambda pk: votes[pk])]
    likely = [pk for pk in order if votes[pk] >= OPTION_SHARE * total]
    return sorted(likely, key=lambda pk: (-votes[pk], pk))


def read_attributes(need: Need, text: str) -> None:
    """Once the category is known, read its attributes from the question's own words; what must not be, is not."""
    found = attributes_in(search.fold(text), need.category_id) if need.category_id else {}
    unwanted = [search.fold(word) for word in need.avoid]
    _take(
        need, {name: value for name, value in found.items() if not any(word in search.fold(value) for word in unwanted)}
    )


def _take(need: Need, found: dict[str, str]) -> None:
    need.attributes |= found
    need.origins |= {f"{ATTRIBUTE}{name}": SAID for name in found}
