"""The category tree as people look it up: by words, by place, by path. It may have ten thousand nodes, and nothing here
reads all of them.

A path is the names from the top to a category: 礼品 › 护肤 › 面霜. What is before the last › is a place, what is after
it are words to look for there, so a path alone names its category and 礼品 › shows what lies right below.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from django.db import connection
from django.db.models import Case, Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Value, When
from django.db.models.expressions import Expression, RawSQL
from django.db.models.functions import Length

from .models import CATEGORY_HEADS, Category, Shop
from .search import fold

SEPARATOR = " › "
# What is typed instead of ›, which no keyboard has. Not "/": names have it (动物/宠物用品).
TYPED = str.maketrans("＞>»", "›››")
LONGEST, DEEPEST, MOST_WORDS = 200, 10, 4
# Shown at most; looked at for several words, of which the path must have all.
SHOWN, LOOKED_AT = 20, 120
# Right below a place, all of them are shown.
SHOWN_BELOW = 200
OWN = 6


@dataclass(frozen=True)
class Choice:
    """A category as a picker shows it; `inner`: there are others below it."""

    id: str
    name: str
    path: str
    inner: bool

    @property
    def above(self) -> str:
        return self.path.removesuffix(self.name).removesuffix(SEPARATOR)


@dataclass
class Found:
    """What fits the words, the nearest first; `own`: what the shop sells most of. `more`: not all are shown."""

    rows: list[Choice] = field(default_factory=list)
    own: list[Choice] = field(default_factory=list)
    more: bool = False
    none_fits: bool = False


# Both end even where ops have put a category below itself.
PATHS = """
WITH RECURSIVE up (id, above, path) AS (
    SELECT id, parent_id, ARRAY[name::text] FROM {table} WHERE id = ANY(%s)
    UNION ALL SELECT up.id, one.parent_id, one.name::text || up.path
    FROM up JOIN {table} one ON one.id = up.above WHERE cardinality(up.path) < %s
) SELECT DISTINCT ON (id) id, array_to_string(path, %s) FROM up ORDER BY id, cardinality(path) DESC
"""
BELOW = """
WITH RECURSIVE down (id) AS (
    SELECT id FROM {table} WHERE {first}
    UNION SELECT one.id FROM down JOIN {table} one ON one.parent_id = down.id
) SELECT id FROM down
"""
# Each pair of characters of the text is looked for among the beginnings of the categories' words, in an index; those
# that begin so are read. One `&&` with all pairs is slower for a long text: GIN then goes through them for each row.
SPOKEN_OF = """
SELECT DISTINCT id FROM unnest(%s::text[]) AS pair JOIN {table} ON {heads} @> ARRAY[pair]
WHERE {whole} EXISTS (
    SELECT FROM regexp_split_to_table(lower({said}), '[/、[:space:]]+') AS term
    WHERE char_length(term) >= {least} AND strpos(%s, term) > 0
)
"""
HEADS = CATEGORY_HEADS % {"expressions": "name || ' ' || keywords"}


def paths(pks: Collection[int]) -> dict[int, str]:
    """The path of each category."""
    if not pks:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_sql(PATHS), [list(pks), DEEPEST, SEPARATOR])
        return dict(cursor.fetchall())


def path_of(category: Category) -> str:
    return paths([category.pk])[category.pk]


def below(category_id: int) -> list[int]:
    """Primary keys of all that lies below a category, however deep."""
    return _keys(_sql(BELOW, first="parent_id = %s"), [category_id])


def branch(public_id: str) -> list[int]:
    """Primary keys of the category with this public id and of all that lies below it; none where there is none."""
    return _keys(_sql(BELOW, first="public_id = %s"), [public_id])


def mentioned(text: str) -> list[int]:
    """Primary keys of the categories of whose name or keywords a folded text has something."""
    whole = "strpos(%s, lower(name)) > 0 OR"
    statement = _sql(SPOKEN_OF, heads=HEADS, whole=whole, said="name || ' ' || keywords", least="1")
    return _keys(statement, [list({*text, *_pairs(text)}), text, text])


def by_keyword(text: str) -> list[int]:
    """Primary keys of the categories of which a folded text has a keyword, and of all that lies below them. A single
    character means too many things. One statement, two where there are some: PostgreSQL can't foresee how many, and
    would read the whole tree for what is below none."""
    statement = _sql(SPOKEN_OF, heads=HEADS, whole="", said="keywords", least="2")
    found = _keys(statement, [list({*_pairs(text)}), text])
    return _keys(_sql(BELOW, first="id = ANY(%s)"), [found]) if found else []


def _pairs(text: str) -> Iterator[str]:
    return map("".join, pairwise(text))


def _keys(statement: str, values: list) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [pk for (pk,) in cursor.fetchall()]


def look_up(text: str, *, shop: Shop | None = None) -> Found:
    """What somebody may mean who has typed `text`. At most four statements, however many categories there are.

    Args:
        shop: whose own categories come first while nothing is typed.
    """
    place, words = _read(text)
    within = _named(place).first() if place else None
    if place and within is None:
        return _nothing()
    if words:
        return _searched(words, within)
    own = _choices(_sold_by(shop)) if shop and not place else []
    found = _choices(_right_below(within)[: SHOWN_BELOW + 1])
    return Found(found[:SHOWN_BELOW], own, more=len(found) > SHOWN_BELOW)


def named(text: str, *, loosely: bool = False) -> list[Category]:
    """The categories that `text` names: the one whose path it is, else those whose path ends so.

    Between two names may stand / instead of ›. Names have it as well, so the longest ones count.

    Args:
        loosely: where nothing has the whole of it, as much of its end as something has: other people's trees have
            other tops.
    """
    place, words = _read(text)
    if not words:
        return []
    written = SEPARATOR.join([*place, words])
    rows = list(Category.objects.filter(name__in={*_ends(words), *_ends(_slashed(words))}).order_by("pk"))
    known = paths([row.pk for row in rows])
    if exactly := [row for row in rows if known[row.pk] == written]:
        return exactly
    known = {pk: _slashed(path) for pk, path in known.items()}
    for end in _ends(_slashed(written))[: None if loosely else 1]:
        found = [row for row in rows if f"/{known[row.pk]}".endswith(f"/{end}")]
        if found:
            found = [row for row in found if known[row.pk] == end] or found
            longest = max(len(row.name) for row in found)
            return [row for row in found if len(row.name) == longest]
    return []


def _slashed(path: str) -> str:
    return re.sub(r" *[/›] *", "/", path)


def _ends(text: str) -> list[str]:
    """The text, and what stands behind each of its slashes."""
    return [text, *(text[match.end() :].strip() for match in re.finditer("/", text))]


def _sql(statement: str, **names: str) -> str:
    return statement.format(table=connection.ops.quote_name(Category._meta.db_table), **names)


def _read(text: str) -> tuple[list[str], str]:
    """(names of a place, words to look for there)"""
    *place, words = [" ".join(part.split()) for part in text[:LONGEST].replace("\0", "").translate(TYPED).split("›")]
    return place, words


def _named(parts: list[str]) -> QuerySet[Category]:
    """Those whose path ends with these names; the one that has nothing above first."""
    if len(parts) > DEEPEST or not all(parts):
        return Category.objects.none()
    steps = {"__".join(["parent"] * n + ["name"]): name for n, name in enumerate(reversed(parts))}
    top = F("__".join(["parent"] * len(parts)))
    return Category.objects.filter(**steps).order_by(top.asc(nulls_first=True), "pk")


def _searched(text: str, within: Category | None) -> Found:
    """By name, keywords and the names above: all of the words, the nearest name first."""
    words = fold(text).split()[:MOST_WORDS]
    rows = Category.objects.all()
    if within:
        rows = rows.filter(pk__in=RawSQL(_sql(BELOW, first="parent_id = %s"), [within.pk]))  # noqa: S611 (a statement of our own)
    any_of = Q()
    worth: Expression = Value(0)
    for word in words:
        any_of |= Q(name__icontains=word) | Q(keywords__icontains=word)
        worth = worth + Case(
            When(name__iexact=word, then=8),
            When(name__istartswith=word, then=4),
            When(name__icontains=word, then=3),
            When(keywords__icontains=word, then=1),
            default=0,
            output_field=IntegerField(),
        )
    nearest = rows.filter(any_of).order_by(worth.desc(), Length("name"), "position", "pk") if words else rows.none()
    found = _choices(nearest[: LOOKED_AT if len(words) > 1 else SHOWN + 1], words)
    return Found(found[:SHOWN], more=len(found) > SHOWN) if found else _nothing()


def _nothing() -> Found:
    """Nothing fits; the way from the top is shown instead."""
    return Found(_choices(_right_below(None)[:SHOWN_BELOW]), none_fits=True)


def _right_below(place: Category | None) -> QuerySet[Category]:
    return Category.objects.filter(parent=place).order_by("position", "pk")


def _sold_by(shop: Shop) -> QuerySet[Category]:
    sold = Category.objects.filter(products__shop=shop).annotate(n=Count("products"))
    return sold.order_by("-n", "pk")[:OWN]


def _choices(rows: QuerySet[Category], words: Collection[str] = ()) -> list[Choice]:
    """With their paths; without those whose path and keywords lack one of the words."""
    has_more = Exists(Category.objects.filter(parent=OuterRef("pk")))
    given = list(rows.annotate(inner=has_more).values_list("pk", "public_id", "name", "keywords", "inner"))
    known = paths([pk for pk, *_rest in given])
    return [
        Choice(public_id, name, known[pk], inner)
        for pk, public_id, name, keywords, inner in given
        if all(word in fold(f"{known[pk]} {keywords}") for word in words)
    ]
