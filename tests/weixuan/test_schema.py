"""The API's description, which anybody may fetch."""

import json

import pytest
import yaml

from weixuan import schema

SCHEMA = "/api/schema/"


@pytest.fixture
def written(monkeypatch):
    """The languages in which it was written, one for each time."""
    languages = []

    class Counted(schema.Schema.generator_class):
        def get_schema(self, **options):
            languages.append(schema.translation.get_language())
            return super().get_schema(**options)

    monkeypatch.setattr(schema.Schema, "generator_class", Counted)
    schema._written.cache_clear()
    yield languages
    schema._written.cache_clear()


def test_it_is_written_once_for_each_language_and_form_whatever_else_is_asked_for(client, written):
    pages = [
        client.get(SCHEMA, {"lang": lang, "version": version, "no": version}, headers={"Accept-Language": lang})
        for version in ("", "1", "2")
        for lang in ("en", "de", "xx-%ff", "zh-hans")
    ]
    assert {page.status_code for page in pages} == {200}
    assert len({page.content for page in pages}) == 2
    assert sorted(written) == ["en", "zh-hans"]
    for accepted in ("application/json", "application/json; indent=7", "application/json; q=0.1"):
        assert json.loads(client.get(SCHEMA, headers={"Accept": accepted}).content) == yaml.safe_load(pages[-1].content)
    assert len(written) == 3


def test_who_has_it_already_gets_no_second_copy(client, written):
    first = client.get(SCHEMA, {"lang": "en"})
    assert first["Content-Type"] == "application/vnd.oai.openapi"
    assert {"Accept", "Accept-Language"} <= set(first["Vary"].replace(",", " ").split())
    again = client.get(SCHEMA, {"lang": "en"}, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = client.get(SCHEMA, {"lang": "zh-hans"}, headers={"If-None-Match": first["ETag"]})
    assert other.status_code == 200


def test_it_says_what_is_published(client, settings):
    published = yaml.safe_load((settings.BASE_DIR / "docs" / "openapi.yaml").read_text())
    assert yaml.safe_load(client.get(SCHEMA, {"lang": "en"}).content)["paths"].keys() == published["paths"].keys()
