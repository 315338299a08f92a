"""Categories with their attributes from files in the format of Shopify's product taxonomy.

`categories.txt` names each category with its path ("gid://…/ap-1 : 动物/宠物用品 > 活体动物"), `attributes.txt` the attributes, and
`attribute_values.txt` their values ("gid://… : 棉 [材质]"), all in one language; `categories/*.yml` say which attributes a
category has, `attributes.yml` what an attribute's id is and whose values it shares. What was imported before or was made by
ops stays as it is: a second run adds only what is missing.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from django.db import transaction

from ..errors import TaxonomyUnreadable
from ..models import Attribute, AttributeValue, Category

# Categories written in one transaction.
BATCH = 200
# A buyer taps, nobody taps through 238 countries.
MOST_VALUES = 40
QUESTION = "想要哪种{name}？"
_LINE = re.compile(r"gid://shopify/Taxonomy(Category|Attribute|Value)/(\S+)\s*: (.+)$")
_VALUE = re.compile(r"(.+) \[(.+)\]$")


@dataclass
class Row:
    """A category of the file: where it stands, its code, the names from the root to it, its attributes' names."""

    place: str
    code: str
    path: tuple[str, ...]
    attributes: list[str] = field(default_factory=list)


@dataclass
class Taxonomy:
    """What the files say; `errors` are lines that could not be read: (place, what is wrong)."""

    rows: list[Row]
    values: dict[str, list[str]]
    errors: list[tuple[str, str]]


@dataclass
class Outcome:
    """What an import did; `errors` as in Taxonomy, one for each row that was left out."""

    categories: int = 0
    attributes: int = 0
    values: int = 0
    known: int = 0
    errors: list[tuple[str, str]] = field(default_factory=list)


def read(folder: Path) -> Taxonomy:
    """Read the files of `folder`.

    Raises:
        TaxonomyUnreadable: one is missing, or is no text or YAML of this kind.
    """
    errors: list[tuple[str, str]] = []
    names = {code: name for _place, code, name in _lines(folder / "attributes.txt", "Attribute", errors)}
    by_id = _attribute_names(folder / "attributes.yml", names)
    values: dict[str, list[str]] = defaultdict(list)
    for place, _code, text in _lines(folder / "attribute_values.txt", "Value", errors):
        if match := _VALUE.fullmatch(text):
            values[match[2]].append(match[1])
        else:
            errors.append((place, "no [attribute] after the value"))
    held = _held(folder / "categories", by_id, errors)
    rows = [
        Row(place, code, tuple(part.strip() for part in path.split(" > ")), held.get(code, []))
        for place, code, path in _lines(folder / "categories.txt", "Category", errors)
    ]
    return Taxonomy(rows, dict(values), errors)


def import_taxonomy(
    folder: Path, *, only: str = "", most_values: int = MOST_VALUES, progress: Callable[[int, int], None] | None = None
) -> Outcome:
    """Write what the files of `folder` have and we don't. Each BATCH of categories is a transaction of its own.

    Args:
        only: the code of a category: it alone, with what is above and below it.
        most_values: of an attribute; the first ones of the file are taken.
        progress: called with the categories done and how many there are.

    Raises:
        TaxonomyUnreadable: see read.
    """
    taxonomy = read(folder)
    rows = [row for row in taxonomy.rows if _within(row.code, only)]
    outcome = Outcome(errors=list(taxonomy.errors))
    placed = dict(Category.objects.exclude(code="").values_list("code", "pk"))
    for start in range(0, len(rows), BATCH):
        with transaction.atomic():
            for row in rows[start : start + BATCH]:
                _place(row, placed, outcome)
            _furnish(rows[start : start + BATCH], placed, taxonomy.values, most_values, outcome)
        if progress:
            progress(min(start + BATCH, len(rows)), len(rows))
    return outcome


def _within(code: str, only: str) -> bool:
    return not only or code == only or code.startswith(f"{only}-") or only.startswith(f"{code}-")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise TaxonomyUnreadable(f"{path.name}: {error}") from error


def _lines(path: Path, kind: str, errors: list[tuple[str, str]]) -> Iterator[tuple[str, str, str]]:
    """(place, code, text) of each line; others than comments are errors."""
    for number, line in enumerate(_text(path).splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line.strip())
        if match and match[1] == kind:
            yield f"{path.name}:{number}", match[2], match[3].strip()
        else:
            errors.append((f"{path.name}:{number}", "not a line of this file"))


def _yaml(path: Path):
    try:
        return yaml.load(_text(path), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 (a safe loader)
    except yaml.YAMLError as error:
        raise TaxonomyUnreadable(f"{path.name}: {error}") from error


def _attribute_names(path: Path, names: dict[str, str]) -> dict[str, str]:
    """The id used by categories -> the attribute whose values it has, by name."""
    found = _yaml(path)
    if not isinstance(found, dict):
        raise TaxonomyUnreadable(f"{path.name}: no attributes in it")
    base = {
        entry["friendly_id"]: names[str(entry["id"])]
        for entry in found.get("base_attributes", [])
        if str(entry["id"]) in names
    }
    shared = {entry["friendly_id"]: entry["values_from"] for entry in found.get("extended_attributes", [])}
    return base | {name: base[source] for name, source in shared.items() if source in base}


def _held(folder: Path, by_id: dict[str, str], errors: list[tuple[str, str]]) -> dict[str, list[str]]:
    held = {}
    for path in sorted(folder.glob("*.yml")):
        for entry in _yaml(path) or []:
            known = [by_id[one] for one in entry.get("attributes") or [] if one in by_id]
            unknown = [one for one in entry.get("attributes") or [] if one not in by_id]
            errors += [(f"{path.name} {entry['id']}", f"unknown attribute {one}") for one in unknown]
            held[str(entry["id"])] = list(dict.fromkeys(known))
    return held


def _place(row: Row, placed: dict[str, int], outcome: Outcome) -> None:
    """Find or make the category; one of ops' own with the same name at the same place is the same."""
    if row.code in placed:
        outcome.known += 1
        return
    above = row.code.rpartition("-")[0]
    name, limit = row.path[-1], Category._meta.get_field("name").max_length
    if above and above not in placed:
        outcome.errors.append((row.place, f"{row.code}: there is no category {above} above it"))
    elif not name or len(name) > limit:
        outcome.errors.append((row.place, f"{row.code}: a name has 1 to {limit} characters"))
    else:
        category, made = Category.objects.get_or_create(
            parent_id=placed.get(above), name=name, defaults={"code": row.code}
        )
        if not made and not category.code:
            Category.objects.filter(pk=category.pk).update(code=row.code)
        elif not made:
            outcome.errors.append((row.place, f"{row.code}: {category.code} has the same name at the same place"))
            return
        placed[row.code] = category.pk
        outcome.categories += made
        outcome.known += not made


def _furnish(
    rows: list[Row], placed: dict[str, int], values: dict[str, list[str]], most: int, outcome: Outcome
) -> None:
    """Attributes and values that the categories of `rows` don't have yet."""
    pks = {placed[row.code] for row in rows if row.code in placed}
    known = set(Attribute.objects.filter(category_id__in=pks).values_list("category_id", "name"))
    limit = Attribute._meta.get_field("name").max_length
    new = []
    for row in rows:
        for position, name in enumerate(row.attributes):
            if row.code not in placed or (placed[row.code], name) in known:
                continue
            if len(name) > limit:
                outcome.errors.append((row.place, f"{row.code}: attribute {name}: at most {limit} characters"))
                continue
            known.add((placed[row.code], name))
            question = QUESTION.format(name=name)
            new.append(Attribute(category_id=placed[row.code], name=name, question=question, position=position))
    made = Attribute.objects.bulk_create(new, batch_size=1000)
    longest = AttributeValue._meta.get_field("name").max_length
    fitting = {
        name: [value for value in dict.fromkeys(values.get(name, ())) if len(value) <= longest][:most]
        for name in {attribute.name for attribute in made}
    }
    held = AttributeValue.objects.bulk_create(
        [
            AttributeValue(attribute=attribute, name=value, position=position)
            for attribute in made
            for position, value in enumerate(fitting[attribute.name])
        ],
        batch_size=2000,
    )
    outcome.attributes += len(made)
    outcome.values += len(held)
