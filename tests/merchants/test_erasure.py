import pytest

from accounts.services import erase_person, export_person, request_erasure
from merchants import services
from merchants.models import Application
from merchants.receivers import OwnsAShop
from tests.accounts.factories import make_user

from .factories import make_application, make_member, make_merchant, make_ops, owner_of

pytestmark = pytest.mark.django_db


def test_owner_of_a_shop_stays_until_it_is_handed_over():
    owner = owner_of(make_merchant()).user
    with pytest.raises(OwnsAShop):
        request_erasure(user=owner)
    owner.refresh_from_db()
    assert owner.is_active


def test_staff_who_go_leave_the_shop():
    member = make_member(make_merchant())
    request_erasure(user=member.user)
    erase_person(user_id=member.user_id)
    member.refresh_from_db()
    assert member.removed_at is not None


def test_application_that_led_nowhere_is_blanked(django_capture_on_commit_callbacks):
    application = make_application(submitted=True)
    services.review_application(application=application, by=make_ops(), decision="rejected", note="周山南的执照太糊")
    image = application.documents.first().image
    with django_capture_on_commit_callbacks(execute=True):
        erase_person(user_id=application.applicant_id)
    row = Application.objects.get()
    assert (row.contact_name, row.id_number, row.bank_account, row.reviewer_note) == ("", "", "", "")
    assert not row.documents.exists()
    assert not image.storage.exists(image.name)


def test_application_of_a_merchant_is_kept_as_the_law_wants():
    merchant = make_merchant()
    type(merchant).objects.update(status="closed")
    owner = owner_of(merchant).user
    request_erasure(user=owner)
    erase_person(user_id=owner.pk)
    assert Application.objects.get().contact_name == "周山南"


def test_export_holds_applications_and_work():
    application = make_application()
    make_member(make_merchant("别家"), user=application.applicant)
    data = export_person(user=application.applicant)
    assert data["merchant_applications"][0]["id_number"] == application.id_number
    assert [row["role"] for row in data["staff_of"]] == ["agent"]
    assert export_person(user=make_user())["merchant_applications"] == []
