"""The Chinese of every screen is there, and says the same."""

import re

import polib
import pytest
from django.conf import settings

CATALOGUE = settings.BASE_DIR / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
PLACEHOLDER = re.compile(r"%\(\w+\)[sdf]|%[sdf]|\{\w*\}")
MARKED = re.compile(
    r"""(?:\b(?:_|gettext|gettext_lazy)\(\s*|\{%\s*translate\s+|\b_\()(?P<quote>["'])(?P<text>(?:\\.|(?!(?P=quote)).)+)(?P=quote)"""
)


@pytest.fixture(scope="module")
def catalogue():
    return polib.pofile(str(CATALOGUE))


def sources():
    for pattern in ("*/**/*.py", "templates/**/*.html"):
        for path in settings.BASE_DIR.glob(pattern):
            top = path.relative_to(settings.BASE_DIR).parts[0]
            if (top[0] not in ".n" and top not in ("tests", "bench")) or top == "notifications":
                yield path


def test_nothing_is_untranslated_or_fuzzy(catalogue):
    assert [entry.msgid for entry in catalogue.untranslated_entries() + catalogue.fuzzy_entries()] == []


def test_every_marked_text_is_in_the_catalogue(catalogue):
    known = {entry.msgid for entry in catalogue}
    missing = {
        f"{path.relative_to(settings.BASE_DIR)}: {found['text']}"
        for path in sources()
        for found in MARKED.finditer(path.read_text())
        if found["text"].replace('\\"', '"').replace("\\n", "\n") not in known
    }
    assert missing == set()


def test_placeholders_survive_translation(catalogue):
    wrong = [
        entry.msgid
        for entry in catalogue
        for text in ([entry.msgstr] if entry.msgstr else entry.msgstr_plural.values())
        if not set(PLACEHOLDER.findall(text)) <= set(PLACEHOLDER.findall(entry.msgid + entry.msgid_plural))
    ]
    assert wrong == []
