"""Asking back: how often what a buyer likes is among the first ten, before and after our own questions.

Dialogues (`pscon/`): the first thing that the buyer said finds products; then at most three questions are answered as the
products that the buyer liked in the end would have it: the option that most of them have, none of these where they say
something else, skipped where they say nothing. Baselines: BM25 by the first words, and by the keywords that people
noted for the whole dialogue. Half of the dialogues (by a hash) served for tuning: the table shows both halves.

Items with attributes (`taobao/`): somebody wants one of them and says nothing; after at most two questions, answered as
the item has it, ten or fewer are left. The baseline asks for an attribute by lot after the category.
"""

import hashlib
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from . import _labelled, datasets
from ._catalogue import make_shops

FIGURES = ("hit10_first", "hit10_clarified", "questions_mean", "focused2")
TOP, FOCUSED, QUESTIONS = 10, 10, 2
# What the model's fields hold.
TITLE, NAME = 60, 20


@dataclass(frozen=True)
class Dialogue:
    text: str
    keywords: str
    liked: frozenset[int]  # primary keys

    @property
    def is_dev(self) -> bool:
        return int(hashlib.sha256(self.text.encode()).hexdigest(), 16) % 2 == 0


def run(options, report) -> dict[str, float]:
    return dialogues(datasets.folder(options, "pscon"), report) | items(datasets.folder(options, "taobao"), report)


# --- Dialogues ------------------------------------------------------------------------------------------------


def dialogues(folder, report) -> dict[str, float]:
    from qa import clarifying
    from qa.understanding import understand

    rows = list(datasets.lines(folder / "products.jsonl"))
    key = dict(zip([row["id"] for row in rows], put_on_sale([{"title": row["title"]} for row in rows]), strict=True))
    titles = {key[row["id"]]: row["title"][:TITLE] for row in rows}
    talks = [read(row, key) for row in datasets.lines(folder / "dialogues.jsonl")]
    bm25 = _labelled.BM25({key[row["id"]]: row["title"] for row in rows})
    first, clarified, asked = [], [], []
    for talk in talks:
        need = understand(talk.text)
        found = clarifying.candidates(need)
        first.append(hits(found, talk))
        left, questions = clarify(need, found, [shown(pk, titles[pk]) for pk in sorted(talk.liked)])
        clarified.append(hits([*left, *(one for one in found if one not in left)], talk))
        asked.append(questions)
    base = [bool(talk.liked & set(bm25.rank(talk.text, TOP))) for talk in talks]
    human = [bool(talk.liked & set(bm25.rank(talk.keywords, TOP))) for talk in talks]
    report.row("hit@10, first words", halves(talks, first), limit=">= 0.70", baseline=halves(talks, base))
    report.row("hit@10, after our questions", halves(talks, clarified), limit=">= 0.80", baseline=halves(talks, human))
    report.row("questions a dialogue", round(sum(asked) / len(asked), 2))
    return {
        "hit10_first": round(sum(first) / len(first), 3),
        "hit10_clarified": round(sum(clarified) / len(clarified), 3),
        "questions_mean": round(sum(asked) / len(asked), 2),
    }


def read(row: dict, key: dict[str, int]) -> Dialogue:
    said = [turn for turn in row["turns"] if turn["role"] == "buyer"]
    keywords = dict.fromkeys(word for turn in said for word in turn.get("keywords", []))
    return Dialogue(said[0]["text"], " ".join(keywords), frozenset(key[one] for one in row["liked"] if one in key))


def hits(found: Sequence, talk: Dialogue) -> bool:
    return any(one.product_id in talk.liked for one in found[:TOP])


def halves(talks: Sequence[Dialogue], hit: Sequence[bool]) -> str:
    parts = [[one for talk, one in zip(talks, hit, strict=True) if talk.is_dev is dev] for dev in (True, False)]
    dev, held = (f"{sum(part) / len(part):.3f}" if part else "-" for part in parts)
    return f"{sum(hit) / len(hit):.3f} (dev {dev}, held-out {held})"


def shown(pk: int, title: str):
    from qa.clarifying import Candidate

    return Candidate(pk, 0, title, 100, None)


def clarify(need, found: list, wanted: list, *, most: int | None = None, step: Callable | None = None):
    """What is left of `found`, and how many questions it took, when whoever answers wants `wanted`."""
    from qa import clarifying

    asked: list[str] = []
    while most is None or len(asked) < most:
        question = (step or clarifying.step_among)(need, found, asked=asked).question
        if question is None:
            break
        asked.append(question.slot)
        value = answer(question, need, wanted)
        if value is not None:
            options = tuple(
                option["value"] for option in question.options if option["value"] not in ("", clarifying.OTHER)
            )
            assert clarifying.apply(need, question.slot, value, shown=options)
            found = clarifying.narrowed(need, found)
    return found, len(asked)


def answer(question, need, wanted: list) -> str | None:
    """The option that most of what is wanted has; none of these; or nothing at all."""
    from qa.clarifying import OTHER, said_of

    offered = [option["value"] for option in question.options]
    said = [
        set(category_of(one) if question.slot == "category" else said_of(need, one, question.slot)) for one in wanted
    ]
    votes = {value: sum(value in one for one in said) for value in offered if value not in ("", OTHER)}
    best = max(votes, key=lambda value: votes[value], default=None)
    if best is not None and votes[best]:
        return best
    return OTHER if OTHER in offered and any(said) else None


@cache
def public_ids() -> dict[int, str]:
    from shops.models import Category

    return dict(Category.objects.values_list("pk", "public_id"))


def category_of(one) -> list[str]:
    return [public_ids()[one.category_id]] if one.category_id else []


# --- Items with attributes ------------------------------------------------------------------------------------


def items(folder, report) -> dict[str, float]:
    from qa import clarifying
    from qa.need import Need
    from shops.models import Product

    Product.objects.all().delete()
    rows = [row for row in datasets.lines(folder / "products.jsonl") if row.get("attributes")]
    put_on_sale(rows)
    everything = clarifying.candidates(Need())
    assert len(everything) == len(rows)
    first = clarifying.step_among(Need(), everything)
    focused, few = [], []
    for one in everything:
        left, asked = clarify(Need(), everything, [one], most=QUESTIONS, step=remembered(everything, first))
        focused.append(len(left) <= FOCUSED)
        few.append(asked)
    base = [
        len(clarify(Need(), everything, [one], most=QUESTIONS, step=by_lot(everything, first))[0]) <= FOCUSED
        for one in everything
    ]
    share = round(sum(focused) / len(focused), 3)
    report.row(
        f"{len(rows)} items: focused in two questions", share, limit=">= 0.96", baseline=round(sum(base) / len(base), 3)
    )
    report.note("Baselines: BM25 by the first words; BM25 by people's keywords; the attribute drawn by lot.")
    return {"focused2": share}


def remembered(everything: list, first) -> Callable:
    """`step_among`, but that all begin with the same question."""
    from qa import clarifying

    return lambda need, found, asked: first if found is everything else clarifying.step_among(need, found, asked=asked)


def by_lot(everything: list, first) -> Callable:
    """Category first, then any attribute that has two values among the candidates."""
    from qa import clarifying
    from qa.clarifying import facets

    lot = random.Random(1)

    def step(need, found, asked):
        if found is everything or len(found) <= FOCUSED:
            return first if found is everything else clarifying.Step(len(found), None)
        usable = [one for one in facets.others(need, found) if len(one.counts(found)) > 1 and one.slot not in asked]
        chosen = lot.choice(usable) if usable else None
        question = clarifying.Question(chosen.slot, chosen.asked, chosen.options(found)) if chosen else None
        return clarifying.Step(len(found), question)

    return step


def put_on_sale(rows: list[dict]) -> list[int]:
    """Products at one shop, with their categories and attributes where they have some; returns their primary keys."""
    from shops import search
    from shops.models import AttributeValue, Product, Shop
    from shops.search.frequencies import count

    shop_id = Shop.objects.values_list("pk", flat=True).first() or make_shops(1)[0]
    leaves, attribute_values = taxonomy(rows)
    # In the order of a hash: equal scores are ordered by age, and in the data's order the liked ones stand together.
    order = sorted(
        range(len(rows)), key=lambda n: hashlib.sha256(f"product {rows[n]['title']} {n}".encode()).hexdigest()
    )
    made = Product.objects.bulk_create(
        [
            Product(
                shop_id=shop_id,
                title=rows[n]["title"][:TITLE],
                category_id=leaves.get((rows[n].get("coarse"), rows[n].get("fine"))),
                status=Product.Status.PUBLISHED,
                price_from_fen=100,
                stock=1,
                search=search.vector(rows[n]["title"]),
            )
            for n in order
        ],
        batch_size=500,
    )
    through = AttributeValue.products.through
    through.objects.bulk_create(
        [
            through(product_id=product.pk, attributevalue_id=attribute_values[product.category_id, name, value])
            for n, product in zip(order, made, strict=True)
            for name, value in pairs(rows[n])
        ]
    )
    count()
    keys = dict(zip(order, [product.pk for product in made], strict=True))
    return [keys[n] for n in range(len(rows))]


def pairs(row: dict) -> list[tuple[str, str]]:
    """(attribute, value), each once, cut to what our fields hold."""
    found = ((name[:NAME], value[:NAME]) for name, values in row.get("attributes", {}).items() for value in values)
    return list(dict.fromkeys(found))


def taxonomy(rows: list[dict]) -> tuple[dict[tuple, int], dict[tuple, int]]:
    """Primary keys of categories by (coarse, fine), and of values by (category, attribute, value)."""
    from shops.models import Attribute, AttributeValue, Category

    coarse = {
        name: Category.objects.create(name=name) for name in sorted({row["coarse"] for row in rows if "coarse" in row})
    }
    leaves = {
        (above, name): Category.objects.create(parent=coarse[above], name=name).pk
        for above, name in sorted({(row["coarse"], row["fine"]) for row in rows if "fine" in row})
    }
    stated = {(leaves[row["coarse"], row["fine"]], *pair): None for row in rows if "fine" in row for pair in pairs(row)}
    attributes = {
        key: Attribute(category_id=key[0], name=key[1], question=key[1]) for key in {one[:2] for one in stated}
    }
    Attribute.objects.bulk_create(attributes.values())
    values = {key: AttributeValue(attribute=attributes[key[:2]], name=key[2]) for key in stated}
    AttributeValue.objects.bulk_create(values.values())
    return leaves, {key: value.pk for key, value in values.items()}
