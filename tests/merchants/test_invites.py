import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from core.errors import Invalid, TooMany
from core.models import AuditEntry
from merchants import services
from merchants.codes import digest_of, new_code
from merchants.errors import ApplicationOpen, InviteCodeInvalid
from merchants.models import Application, InviteBatch, InviteCode
from merchants.selectors import BatchCounts, batch_counts
from tests.accounts.factories import make_user, sign_in

from .factories import make_codes, make_ops

pytestmark = pytest.mark.django_db

CODES = "/ops/merchants/invitebatch/"
FORM = {"name": "茶博会", "channel": "展会", "quota": "3"}


def start(code, user=None, client="192.0.2.1"):
    return services.start_application(applicant=user or make_user(), code=code, client=client)


def day(days: int) -> dict:
    moment = timezone.localtime() + timedelta(days=days)
    return {"expires_at_0": f"{moment:%Y-%m-%d}", "expires_at_1": "23:59:59"}


def test_codes_have_80_bits_and_survive_being_read_aloud():
    codes = {new_code() for _number in range(500)}
    assert len(codes) == 500
    assert all(re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}", code) for code in codes)


@pytest.mark.parametrize(
    "change",
    [str.lower, lambda c: c.replace("-", ""), lambda c: f"  {c} ", lambda c: c.replace("0", "O").replace("1", "l")],
)
def test_code_is_known_however_it_is_typed(change):
    code = make_codes()[0]
    assert digest_of(change(code)) == digest_of(code)
    assert services.check_code(code=change(code), client="192.0.2.1").name == "杭州茶博会"


def test_only_hashes_are_kept():
    code = make_codes()[0]
    stored = str(list(InviteCode.objects.values())) + str(list(AuditEntry.objects.values()))
    assert code not in stored
    assert code.replace("-", "").lower() not in stored


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"name": ""}, "name"), ({"name": "x" * 61}, "name"), ({"quota": 0}, "quota"), ({"quota": 1001}, "quota"),
        ({"expires_at": timezone.now() - timedelta(1)}, "expires_at"), ({"expires_at": timezone.now() + timedelta(731)}, "expires_at"),
    ],
)  # fmt: skip
def test_impossible_batches_are_not_issued(fields, wrong):
    with pytest.raises(Invalid) as refusal:
        make_codes(**fields)
    assert wrong in refusal.value.fields
    assert not InviteBatch.objects.exists()
    assert not InviteCode.objects.exists()


def test_counts_follow_what_happens():
    codes = make_codes(5)
    batch = InviteBatch.objects.get()
    start(codes[0])
    assert batch_counts(batch) == BatchCounts(issued=5, redeemed=1, active=4)
    services.revoke_batch(batch=batch, by=make_ops())
    assert batch_counts(InviteBatch.objects.get()) == BatchCounts(issued=5, redeemed=1, active=0)


def test_every_wrong_code_gets_the_same_answer():
    """Unknown, used, revoked, expired, no code at all: one class, one text, one code."""
    used, revoked, expired = make_codes()[0], make_codes(name="撤")[0], make_codes(name="过期")[0]
    start(used)
    services.revoke_batch(batch=InviteBatch.objects.get(name="撤"), by=make_ops())
    InviteBatch.objects.filter(name="过期").update(expires_at=timezone.now())
    answers = set()
    for number, wrong in enumerate([new_code(), used, revoked, expired, "", "short", "ÄÖÜ" * 30, "0" * 5000]):
        with pytest.raises(InviteCodeInvalid) as refusal:
            services.check_code(code=wrong, client=f"192.0.2.{number}")
        answers.add((refusal.value.code, refusal.value.status, str(refusal.value), str(refusal.value.fields)))
    assert len(answers) == 1


def test_guessing_ends_after_five_tries_even_with_the_right_code():
    code, user = make_codes()[0], make_user()
    for _try in range(5):
        with pytest.raises(InviteCodeInvalid):
            start(new_code(), user)
    with pytest.raises(TooMany):
        start(code, user)
    assert not Application.objects.exists()
    assert InviteCode.objects.get().redeemed_at is None
    start(code, make_user())  # Somebody else at the same address is not shut out by it.


def test_guessing_with_many_accounts_ends_by_address(monkeypatch):
    monkeypatch.setattr("merchants.services.invites.PER_ADDRESS", 8)
    people = [make_user() for _number in range(9)]
    for user in people[:8]:
        with pytest.raises(InviteCodeInvalid):
            services.check_code(code=new_code(), client="192.0.2.1", user=user)
    with pytest.raises(TooMany):
        services.check_code(code=make_codes()[0], client="192.0.2.1", user=people[8])
    with pytest.raises(InviteCodeInvalid):
        services.check_code(code=new_code(), client="192.0.2.2", user=people[8])


def test_guessing_from_everywhere_trips_the_breaker(monkeypatch, caplog):
    monkeypatch.setattr("merchants.services.invites.FROM_ALL", 10)
    for number in range(10):
        with pytest.raises(InviteCodeInvalid):
            services.check_code(code=new_code(), client=f"198.51.100.{number}")
    with pytest.raises(TooMany):
        services.check_code(code=make_codes()[0], client="203.0.113.9")
    assert "are being guessed" in caplog.text


def test_right_codes_cost_no_tries():
    code = make_codes()[0]
    for _try in range(40):
        services.check_code(code=code, client="192.0.2.1")


def test_code_is_redeemed_once():
    code = make_codes()[0]
    first = start(code)
    with pytest.raises(InviteCodeInvalid):
        start(code)
    assert Application.objects.get() == first


def test_same_person_with_the_same_code_finds_the_application_again():
    code, user = make_codes()[0], make_user()
    assert start(code, user) == start(code, user)


def test_second_code_is_not_spent_while_an_application_is_open():
    codes, user = make_codes(2), make_user()
    start(codes[0], user)
    with pytest.raises(ApplicationOpen):
        start(codes[1], user)
    assert InviteCode.objects.filter(redeemed_at=None).count() == 1


def test_revoking_spares_what_was_redeemed_and_is_done_once():
    codes = make_codes(3)
    start(codes[0])
    ops, batch = make_ops(), InviteBatch.objects.get()
    services.revoke_batch(batch=batch, by=ops)
    services.revoke_batch(batch=batch, by=ops)
    assert InviteCode.objects.exclude(revoked_at=None).count() == 2
    assert AuditEntry.objects.filter(action="merchants.codes_revoked").count() == 1


# The desk of ops.


@pytest.fixture
def desk() -> Client:
    return sign_in(Client(), make_ops())


def issue(desk) -> str:
    reply = desk.post(f"{CODES}add/", {**FORM, **day(30)})
    assert reply.status_code == 302, reply.context["adminform"].form.errors
    return reply.url


def test_issued_codes_are_shown_once_with_qr_and_csv(desk):
    url = issue(desk)
    page = desk.get(url).content.decode()
    shown = re.findall(r'code-text">([-0-9A-Z]+)<', page)
    assert len(shown) == 3
    assert page.count("<svg") >= 3
    lines = desk.get(f"{url}csv/").content.decode("utf-8-sig").splitlines()
    assert len(lines) == 4
    assert shown[0] in lines[1]
    assert f"/m/apply/#{shown[0]}" in lines[1]
    assert services.check_code(code=shown[0], client="192.0.2.1").quota == 3
    desk.post(url)
    assert desk.get(url).status_code == 404
    assert desk.get(f"{url}csv/").status_code == 404


def test_issued_codes_are_for_the_issuer_alone(desk):
    url = issue(desk)
    assert sign_in(Client(), make_ops()).get(url).status_code == 404
    assert Client().get(url).status_code == 302
    assert sign_in(Client(), make_user()).get(url).status_code in (302, 403)


@pytest.mark.parametrize("bad", [{"quota": "0"}, {"quota": "1001"}, {"quota": "x"}, {"name": ""}, day(-1), day(800)])
def test_desk_refuses_impossible_batches(desk, bad):
    desk.post(f"{CODES}add/", {**FORM, **day(30), **bad})
    assert not InviteBatch.objects.exists()


def test_desk_lists_and_shows_counts(desk):
    start(make_codes(4)[0])
    assert desk.get(CODES).status_code == 200
    page = desk.get(f"{CODES}{InviteBatch.objects.get().pk}/change/").content.decode()
    assert "杭州茶博会" in page


def test_desk_revokes_after_confirmation(desk):
    make_codes(2)
    batch = InviteBatch.objects.get()
    url = f"{CODES}{batch.pk}/revoke"
    asked = desk.get(url, follow=True)
    assert asked.status_code == 200
    batch.refresh_from_db()
    assert batch.revoked_at is None  # Looking at the question does nothing.
    desk.post(asked.request["PATH_INFO"], {"_form_submitted": "True"})
    batch.refresh_from_db()
    assert batch.revoked_at is not None
