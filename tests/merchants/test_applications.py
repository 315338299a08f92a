import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from core.errors import Forbidden, Invalid
from core.models import AuditEntry, OutboxEvent
from merchants import checks, services
from merchants.errors import ApplicationInvalid, ApplicationLocked, InviteCodeInvalid, ReviewRefused
from merchants.models import Application, ApplicationDocument, InviteCode, Membership, Merchant
from notifications.models import InboxItem
from payments.services import submit_applyment
from tests.accounts.factories import make_user, sign_in

from .factories import BANK, BANK_FORM, FACTS, make_application, make_codes, make_merchant, make_ops, picture

pytestmark = pytest.mark.django_db

APPLY = "/m/apply/"


def pages(application) -> dict[str, str]:
    base = f"{APPLY}{application.public_id}/"
    return {name: f"{base}{name}/" for name in ("facts", "documents", "submit")} | {"status": base}


@pytest.mark.parametrize(
    ("number", "right"),
    [
        ("91350100M000100Y43", True),
        ("91350100M000100Y44", False),
        ("91350100M000100I43", False),
        ("", False),
        ("913501", False),
    ],
)
def test_licence_number_is_checked(number, right):
    assert checks.is_licence_number(number) is right


@pytest.mark.parametrize(
    ("number", "right"),
    [
        ("11010519491231002X", True),
        ("110105194912310021", False),
        ("110105194913310028", False),
        ("", False),
        ("1101051949123100２X", False),
    ],
)
def test_identity_number_is_checked(number, right):
    assert checks.is_id_number(number) is right


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("shop_name", "茶"), ("shop_name", "茶" * 31), ("kind", "9"), ("business_name", ""), ("licence_number", "92330106MA2KXT3K05"),
        ("licence_number", ""), ("contact_name", ""), ("contact_phone", "0571-88888888"), ("id_number", "110101199003072958"),
        ("bank_account", "12ab"), ("bank_account", "1" * 31), ("bank_address_code", "999999"), ("introduction", "短"), ("introduction", "长" * 501),
    ],
)  # fmt: skip
def test_bad_facts_are_refused_and_nothing_is_stored(field, value):
    application = make_application()
    with pytest.raises(ApplicationInvalid) as refusal:
        services.save_application(application=application, **{"shop_name": "别的名字", field: value})
    assert field in refusal.value.fields
    assert Application.objects.get().shop_name == FACTS["shop_name"]


def test_bad_facts_at_the_start_do_not_spend_the_code():
    code = make_codes()[0]
    with pytest.raises(ApplicationInvalid):
        services.start_application(
            applicant=make_user(), code=code, client="192.0.2.1", **{**FACTS, **BANK, "id_number": "1"}
        )
    assert InviteCode.objects.get().redeemed_at is None
    assert not Application.objects.exists()


def test_stall_needs_no_licence():
    application = services.start_application(
        applicant=make_user(), code=make_codes()[0], client="192.0.2.1", **{**FACTS, **BANK, "kind": "2401"}
    )
    assert (application.business_name, application.licence_number) == ("", "")
    for kind in ("id_front", "id_back"):
        services.add_document(application=application, kind=kind, upload=picture())
    assert services.submit_application(application=application).status == "submitted"


def test_application_without_its_documents_is_not_sent():
    application = make_application()
    services.remove_document(document=application.documents.get(kind="licence"))
    with pytest.raises(ApplicationInvalid) as refusal:
        services.submit_application(application=application)
    assert list(refusal.value.fields) == ["documents"]
    assert Application.objects.get().status == "draft"


def test_new_licence_takes_the_place_of_the_old_one(django_capture_on_commit_callbacks):
    application = make_application()
    old = application.documents.get(kind="licence").image
    with django_capture_on_commit_callbacks(execute=True):
        services.add_document(application=application, kind="licence", upload=picture())
    assert application.documents.filter(kind="licence").count() == 1
    assert not old.storage.exists(old.name)


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"<svg/onload=alert(1)>", b"\xff\xd8\xff" + b"0" * 100])
def test_documents_must_be_pictures(content):
    application = make_application()
    before = application.documents.count()
    with pytest.raises(Invalid):
        services.add_document(application=application, kind="other", upload=SimpleUploadedFile("a.jpg", content))
    assert application.documents.count() == before


def test_documents_are_bounded_in_number():
    application = make_application()
    for _number in range(9):
        services.add_document(application=application, kind="other", upload=picture(size=(20, 20)))
    with pytest.raises(ApplicationInvalid):
        services.add_document(application=application, kind="other", upload=picture(size=(20, 20)))
    assert application.documents.count() == 12


def test_sent_application_is_locked_and_sending_again_is_harmless():
    application = make_application(submitted=True)
    again = services.submit_application(application=application)
    assert again.submitted_at == application.submitted_at
    paper = application.documents.first()
    for change in (
        lambda: services.save_application(application=application, shop_name="换个名字"),
        lambda: services.add_document(application=application, kind="other", upload=picture()),
        lambda: services.remove_document(document=paper),
    ):
        with pytest.raises(ApplicationLocked):
            change()
    assert application.documents.count() == 3


# Review


def test_approval_makes_merchant_owner_shop_and_payment_account():
    application = make_application(submitted=True)
    services.review_application(application=application, by=make_ops(), decision="approved")
    merchant = Merchant.objects.get(application=application)
    owner = merchant.memberships.get()
    assert (owner.user, owner.role) == (application.applicant, "owner")
    assert merchant.shop.name == "山南茶器"
    assert merchant.sub_merchant.status == "draft"
    assert not merchant.can_sell
    assert OutboxEvent.objects.filter(kind="payments.submit_applyment").count() == 1


def test_payment_account_is_asked_for_at_wechat(wechat):
    """What we send is what the sandbox, strict about it, takes."""
    merchant = make_merchant(can_sell=False)
    submit_applyment(sub_merchant_id=merchant.sub_merchant_id)
    merchant.sub_merchant.refresh_from_db()
    assert merchant.sub_merchant.status == "submitted", merchant.sub_merchant.reason


@pytest.mark.parametrize("decision", ["rejected", "more_needed"])
def test_refusal_needs_words_and_tells_the_applicant(decision):
    application, ops = make_application(submitted=True), make_ops()
    for empty in ("", "   ", "长" * 501):
        with pytest.raises(Invalid):
            services.review_application(application=application, by=ops, decision=decision, note=empty)
    services.review_application(application=application, by=ops, decision=decision, note="执照照片太糊")
    told = InboxItem.objects.get(user=application.applicant)
    assert told.body == "执照照片太糊"
    assert told.link == pages(application)["status"]
    assert not Merchant.objects.exists()
    application.refresh_from_db()
    assert (application.status, application.reviewed_by) == (decision, ops)


def test_more_needed_can_be_corrected_and_approved():
    application, ops = make_application(submitted=True), make_ops()
    services.review_application(application=application, by=ops, decision="more_needed", note="执照照片太糊")
    services.add_document(application=application, kind="licence", upload=picture())
    services.submit_application(application=application)
    services.review_application(application=application, by=ops, decision="approved")
    assert InboxItem.objects.filter(user=application.applicant).count() == 2
    assert Merchant.objects.count() == 1


@pytest.mark.parametrize("first", ["approved", "rejected"])
@pytest.mark.parametrize("second", ["approved", "rejected", "more_needed"])
def test_decision_is_taken_once(first, second):
    application, ops = make_application(submitted=True), make_ops()
    services.review_application(application=application, by=ops, decision=first, note="理由")
    with pytest.raises(ReviewRefused):
        services.review_application(application=application, by=make_ops(), decision=second, note="理由")
    application.refresh_from_db()
    assert (application.status, application.reviewed_by) == (first, ops)
    assert Merchant.objects.count() == (first == "approved")
    with pytest.raises(ApplicationLocked):
        services.submit_application(application=application)


def test_draft_is_not_reviewed():
    with pytest.raises(ReviewRefused):
        services.review_application(application=make_application(), by=make_ops(), decision="approved")
    assert not Merchant.objects.exists()


def test_only_ops_review_and_not_their_own():
    application = make_application(make_ops(), submitted=True)
    for stranger in (application.applicant, make_user()):
        with pytest.raises(Forbidden):
            services.review_application(application=application, by=stranger, decision="approved")
    with pytest.raises(Invalid):
        services.review_application(application=application, by=make_ops(), decision="submitted")
    assert not Merchant.objects.exists()


def test_approval_rolls_back_as_a_whole(monkeypatch):
    application = make_application(submitted=True)

    def refuse(**kwargs):
        raise Forbidden

    monkeypatch.setattr("merchants.services.review.notify", refuse)
    with pytest.raises(Forbidden):
        services.review_application(application=application, by=make_ops(), decision="approved")
    assert Application.objects.get().status == "submitted"
    assert not Merchant.objects.exists()
    assert not AuditEntry.objects.filter(action="merchants.opened").exists()


def test_personal_facts_are_encrypted_at_rest():
    make_application()
    together = (
        "SELECT id, contact_name || id_number || bank_account || contact_phone AS sealed FROM merchants_application"
    )
    raw = Application.objects.raw(together)[0]
    for secret in ("周山南", "110101199003072957", "6222020200112233445", "13812345678"):
        assert secret not in raw.sealed


# Pages


def test_code_first_then_sign_in_then_the_application():
    code, browser = make_codes()[0], Client()
    reply = browser.post(APPLY, {"code": code})
    assert reply.url == f"/m/login/?next={APPLY.replace('/', '%2F')}"
    assert InviteCode.objects.get().redeemed_at is None
    sign_in(browser, make_user())
    session = browser.session
    session["invite_code"] = code
    session.save()
    assert code in browser.get(APPLY).content.decode()
    reply = browser.post(APPLY, {"code": code})
    assert reply.url == pages(Application.objects.get())["status"]
    assert browser.get(APPLY).url == reply.url


def test_wrong_code_on_the_page_says_so_and_runs_out():
    browser = Client()
    answers = [browser.post(APPLY, {"code": f"WRONG-{n}"}) for n in range(6)]
    assert {a.status_code for a in answers} == {400}
    texts = [str(a.context["form"].errors) for a in answers]
    assert len(set(texts[:5])) == 1
    assert texts[5] != texts[0]


def test_whole_way_through_the_pages(wechat):
    user = make_user()
    browser = sign_in(Client(), user)
    browser.post(APPLY, {"code": make_codes()[0]})
    at = pages(Application.objects.get())
    assert browser.get(at["status"]).url == at["facts"]
    assert browser.get(at["facts"]).status_code == 200
    wrong = browser.post(at["facts"], {**FACTS, **BANK_FORM, "id_number": "110101199003072958"})
    assert wrong.status_code == 400
    assert "id_number" in wrong.context["form"].errors
    assert browser.post(at["facts"], {**FACTS, **BANK_FORM}).url == at["documents"]
    for kind in ("licence", "id_front", "id_back"):
        assert browser.post(at["submit"]).url == at["documents"]
        assert browser.post(at["documents"], {"kind": kind, "image": picture()}).url == at["documents"]
    assert browser.post(at["submit"]).url == at["status"]
    assert browser.get(at["status"]).status_code == 200
    assert browser.get(at["facts"]).url == at["status"]
    assert Application.objects.get().status == "submitted"


def test_page_shows_the_reviewers_words_and_the_way_back():
    application = make_application(submitted=True)
    services.review_application(
        application=application, by=make_ops(), decision="more_needed", note="执照<b>照片</b>太糊"
    )
    page = sign_in(Client(), application.applicant).get(pages(application)["status"]).content.decode()
    assert "执照&lt;b&gt;照片" in page
    assert pages(application)["facts"] in page


def strangers() -> dict[str, Client]:
    return {
        "other applicant": sign_in(Client(), make_application().applicant),
        "other owner": sign_in(Client(), Membership.objects.get(merchant=make_merchant()).user),
        "ops": sign_in(Client(), make_ops()),
    }


def test_other_peoples_applications_are_not_found_and_nothing_moves():
    application = make_application()
    paper = application.documents.first()
    at = pages(application)
    remove = f"{at['documents']}{paper.public_id}/remove/"
    for who, browser in strangers().items():
        for method, path in [
            ("get", at["status"]), ("get", at["facts"]), ("post", at["facts"]), ("get", at["documents"]),
            ("post", at["documents"]), ("post", at["submit"]), ("post", remove),
        ]:  # fmt: skip
            assert getattr(browser, method)(path, FACTS if method == "post" else None).status_code == 404, (who, path)
    application.refresh_from_db()
    assert application.status == "draft"
    assert application.documents.count() == 3


def test_nobody_signed_in_is_sent_to_the_login_page():
    at = pages(make_application())
    for path in at.values():
        assert Client().get(path).url.startswith("/m/login/?next=")
    assert Client().post(at["submit"]).url.startswith("/m/login/")
    assert Application.objects.get().status == "draft"


def test_documents_are_seen_by_their_applicant_and_ops_alone():
    application = make_application(submitted=True)
    paper = application.documents.first()
    url = f"{APPLY}documents/{paper.public_id}/"
    own = sign_in(Client(), application.applicant).get(url)
    assert own.status_code == 200
    assert own["Cache-Control"] == "private, no-store"
    assert b"WEBP" in b"".join(own.streaming_content)[:16]
    for who, browser in strangers().items():
        reply = browser.get(url)
        assert reply.status_code == (200 if who == "ops" else 404), who
        b"".join(reply)  # Read to its end, or the file stays open.
    assert Client().get(url).url.startswith("/m/login/")
    plain_staff = make_user(wechat=False, is_staff=True)  # In ops, without the right to see applications.
    assert sign_in(Client(), plain_staff).get(url).status_code == 404


@pytest.mark.parametrize("prefix", ["/media/", "/media/private/", "/static/"])
def test_documents_lie_under_no_public_address(prefix):
    paper = ApplicationDocument.objects.filter(application=make_application()).first()
    assert Client().get(f"{prefix}{paper.image.name}").status_code == 404


# The desk of ops


def desk_url(application, action="change/") -> str:
    return f"/ops/merchants/application/{application.pk}/{action}"


def test_desk_shows_everything_while_waiting_and_masks_it_after():
    application, desk = make_application(submitted=True), sign_in(Client(), make_ops())
    page = desk.get(desk_url(application)).content.decode()
    assert "110101199003072957" in page
    assert "110****2957" not in page
    services.review_application(application=application, by=make_ops(), decision="approved")
    page = desk.get(desk_url(application)).content.decode()
    assert "110101199003072957" not in page
    assert "110****2957" in page


def test_desk_does_not_show_drafts():
    application, desk = make_application(), sign_in(Client(), make_ops())
    assert desk.get(desk_url(application)).status_code == 302
    assert application.shop_name not in desk.get("/ops/merchants/application/").content.decode()


@pytest.mark.parametrize(
    ("action", "data", "status"),
    [
        ("approve", {"note": ""}, "approved"),
        ("reject", {"note": "类目不招"}, "rejected"),
        ("ask_for_more", {"note": "缺一张照片"}, "more_needed"),
        ("reject", {"note": ""}, "submitted"),
        ("ask_for_more", {"note": " "}, "submitted"),
    ],
)
def test_desk_decides(action, data, status):
    application, desk = make_application(submitted=True), sign_in(Client(), make_ops())
    asked = desk.get(desk_url(application, action), follow=True)
    application.refresh_from_db()
    assert application.status == "submitted"
    desk.post(asked.request["PATH_INFO"], {"_form_submitted": "True", **data})
    application.refresh_from_db()
    assert application.status == status


def test_desk_without_the_right_decides_nothing():
    application = make_application(submitted=True)
    clerk = sign_in(Client(), make_user(wechat=False, is_staff=True))
    assert clerk.post(desk_url(application, "approve/"), {"_form_submitted": "True"}, follow=True).status_code == 403
    assert Application.objects.get().status == "submitted"
    assert User.objects.filter(pk=application.applicant_id).exists()


def test_unknown_code_text_never_reaches_an_application():
    with pytest.raises(InviteCodeInvalid):
        services.start_application(applicant=make_user(), code="", client="192.0.2.1")
    assert not Application.objects.exists()
