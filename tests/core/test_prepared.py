"""Statements that are worded once: the same rows, instances and counts as the ORM's own."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import ApiToken, User
from core.models import IdempotencyRecord, OutboxEvent
from core.prepared import OnConflict, Prepared, any_of, insert

pytestmark = pytest.mark.django_db


@pytest.fixture(params=[True, False], ids=["prepared", "whole"], autouse=True)
def prepare(request, settings):
    settings.DATABASE_PREPARE = request.param


@pytest.fixture
def person():
    return User.objects.create_user(nickname="100% 林青")


@pytest.fixture
def token(person):
    return ApiToken.objects.create(user=person, digest="d" * 64, expires_at=timezone.now() + timedelta(days=1))


def by_digest():
    @Prepared(digest=str, now=datetime)
    def find(digest, now):
        return ApiToken.objects.filter(digest=digest, expires_at__gt=now, revoked_at=None).select_related("user")

    return find


def test_instances_come_with_what_was_selected(token, django_assert_num_queries):
    find = by_digest()
    with django_assert_num_queries(1):
        found = find.first(digest=token.digest, now=timezone.now())
        assert (found, found.user, found.user.nickname) == (token, token.user, "100% 林青")
        assert found.expires_at == token.expires_at
    assert not found._state.adding
    assert find.first(digest="other", now=timezone.now()) is None
    assert find.all(digest=token.digest, now=token.expires_at) == []


def test_one_statement_for_any_number_of_keys(token):
    @Prepared(pks=list, nickname=str)
    def those(pks, nickname):
        return User.objects.filter(any_of("pk", pks)).exclude(nickname=nickname).order_by("pk").values_list("pk")

    other = User.objects.create_user(nickname="另一位")
    assert those.rows(pks=[token.user_id, other.pk, 0], nickname="") == [(token.user_id,), (other.pk,)]
    assert those.rows(pks=[other.pk], nickname="") == [(other.pk,)]
    assert those.rows(pks=[], nickname="") == []
    assert those.rows(pks=[other.pk], nickname="另一位") == []


def test_deferred_columns_are_read_when_asked_for(token, django_assert_num_queries):
    @Prepared(pk=int)
    def narrow(pk):
        return ApiToken.objects.filter(pk=pk).only("digest")

    found = narrow.first(pk=token.pk)
    with django_assert_num_queries(1):
        assert found.user_id == token.user_id


def test_annotations_and_tuples(person, token):
    from django.db.models import Count

    @Prepared(pk=int)
    def counted(pk):
        return User.objects.filter(pk=pk).annotate(sessions=Count("api_tokens"))

    assert counted.first(pk=person.pk).sessions == 1

    @Prepared(like=str)
    def names(like):
        return User.objects.filter(nickname=like).extra(where=["nickname LIKE '100%%'"]).values_list("nickname")

    assert names.rows(like="100% 林青") == [("100% 林青",)]


def test_guarded_update_counts_its_rows(token):
    @Prepared(pk=int, at=datetime)
    def revoke(pk, at):
        return ApiToken.objects.filter(pk=pk, revoked_at=None), {"revoked_at": at}

    now = timezone.now()
    assert [revoke.update(pk=token.pk, at=now), revoke.update(pk=token.pk, at=now)] == [1, 0]
    token.refresh_from_db()
    assert token.revoked_at == now


def test_bytes_and_text_pass_unchanged():
    @Prepared(pk=int, body=bytes, status=int)
    def remember(pk, body, status):
        return IdempotencyRecord.objects.filter(pk=pk), {"body": body, "status_code": status}

    record = IdempotencyRecord(owner_id="o", key="k", request_digest="r")
    assert insert(record)
    said = b"\x00'; DROP TABLE core_outboxevent; -- %s \\"
    assert remember.update(pk=record.pk, body=said, status=201) == 1
    record.refresh_from_db()
    assert (bytes(record.body), record.status_code) == (said, 201)


def test_a_value_that_is_nowhere_in_the_statement_is_refused():
    @Prepared(pk=int, unused=str)
    def wrong(pk, unused):
        return User.objects.filter(pk=pk)

    with pytest.raises(TypeError, match="unused"):
        wrong.first(pk=1, unused="x")


def event(key: str, **fields) -> OutboxEvent:
    return OutboxEvent(kind="a.kind", key=key, payload={"id": 1, "word": "100% '"}, due_at=timezone.now(), **fields)


def test_insert_writes_what_create_would():
    row = event("one")
    assert insert(row)
    assert not row._state.adding
    found = OutboxEvent.objects.get(pk=row.pk)
    for name in ("kind", "key", "payload", "status", "due_at", "attempts", "error", "created_at", "finished_at"):
        assert getattr(found, name) == getattr(row, name), name


def test_insert_of_several_is_one_statement():
    rows = [event(f"n{number}") for number in range(3)]
    with CaptureQueriesContext(connection) as asked:
        insert(*rows)
    assert len(asked) == 1
    assert [OutboxEvent.objects.get(pk=row.pk).key for row in rows] == ["n0", "n1", "n2"]


def test_insert_on_conflict():
    first, again, third = event("same"), event("same", attempts=7), event("same")
    insert(first)
    assert insert(again, on_conflict=OnConflict.UPDATE, unique=("kind", "key"))
    assert (again.pk, OutboxEvent.objects.get().attempts) == (first.pk, 0)
    assert not insert(third, on_conflict=OnConflict.IGNORE, unique=("kind", "key"))
    assert third.pk is None
    with pytest.raises(ValueError, match="left out"):
        insert(event("a"), event("b"), on_conflict=OnConflict.IGNORE, unique=("kind", "key"))
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(event("same"))


@pytest.mark.django_db(transaction=True)
def test_a_new_connection_prepares_anew(token):
    find = by_digest()
    assert find.first(digest=token.digest, now=timezone.now()) == token
    connection.close()
    assert find.first(digest=token.digest, now=timezone.now()) == token
