"""The bank of a merchant's account is chosen from WeChat's own lists."""

import pytest

from core.errors import Invalid
from core.files import private_storage
from merchants.errors import ApplicationInvalid
from merchants.models import Application
from merchants.services import save_application
from payments import banks, services
from payments.models import SubMerchant
from tests.payments.test_sub_merchants import DETAILS
from tests.shops.factories import make_upload

from .factories import BANK_FORM, FACTS, make_application
from .test_applications import pages, sign_in

pytestmark = pytest.mark.django_db
HANGZHOU, SHENZHEN, LHASA = "330100", "440300", "540100"
OF_HANGZHOU = "1000009601"


def choose(**changed):
    return banks.choose(**{"company": False, "alias_code": "1000009561", "address_code": HANGZHOU, **changed})


def test_cities_have_codes_of_six_digits():
    known = banks.cities()
    assert known[HANGZHOU] == ("杭州市", "浙江省") and known["110000"] == ("北京市", "北京市")
    assert len(known) > 340 and all(len(code) == 6 and code.isdecimal() for code in known)


def test_a_bank_that_wechat_names_needs_no_branch(wechat):
    account = choose()
    assert (account.bank, account.bank_alias, account.bank_branch_id) == ("工商银行", "工商银行", "")


def test_another_bank_needs_its_branch(wechat):
    with pytest.raises(Invalid) as refused:
        choose(alias_code=OF_HANGZHOU)
    assert list(refused.value.fields) == ["bank_branch_id"]
    bank = next(row for row in banks.banks(company=False) if row.alias_code == OF_HANGZHOU)
    first = banks.branches(bank=bank, address_code=HANGZHOU)[0]
    account = choose(alias_code=OF_HANGZHOU, branch_id=first.branch_id)
    assert (account.bank, account.bank_branch) == (banks.OTHER_BANK, first.name)
    # A branch of another city is none of this one.
    with pytest.raises(Invalid):
        choose(alias_code=OF_HANGZHOU, branch_id=first.branch_id, address_code=SHENZHEN)
    assert banks.branches(bank=bank, address_code=LHASA) == []


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"alias_code": "1"}, "bank_alias_code"), ({"address_code": "000000"}, "bank_address_code")],
)
def test_what_stands_in_no_list_is_refused(wechat, changed, field):
    with pytest.raises(Invalid) as refused:
        choose(**changed)
    assert list(refused.value.fields) == [field]


def test_companies_and_people_have_lists_of_their_own(wechat):
    alias = "1000009611"
    with pytest.raises(Invalid):
        choose(alias_code=alias)
    assert alias in {row.alias_code for row in banks.banks(company=True)}


def test_the_lists_are_asked_for_once_a_day(wechat, settings):
    choose()
    settings.WECHAT_PAY_ROOT = "http://127.0.0.1:9"
    assert choose().bank == "工商银行"
    with pytest.raises(banks.BanksUnavailable):
        banks.banks(company=True)


@pytest.fixture
def browser(client):
    application = make_application()
    Application.objects.update(bank="", bank_alias="", bank_alias_code="", bank_address_code="")
    return sign_in(client, application.applicant), pages(application)


def test_the_form_takes_bank_city_and_branch(wechat, browser):
    client, at = browser
    asked = {**FACTS, "bank_alias_code": OF_HANGZHOU, "bank_address_code": HANGZHOU}
    fragment = client.post(at["facts"].replace("facts", "bank"), asked).content.decode()
    assert "杭州银行杭州市高新支行" in fragment and "wx-error" not in fragment
    refused = client.post(at["facts"], asked)
    assert (refused.status_code, "请选择" in refused.content.decode()) == (400, True)
    assert Application.objects.get().bank == ""
    bank = next(row for row in banks.banks(company=False) if row.alias_code == OF_HANGZHOU)
    branch = banks.branches(bank=bank, address_code=HANGZHOU)[0]
    assert client.post(at["facts"], {**asked, "bank_branch_id": branch.branch_id}).status_code == 302
    kept = Application.objects.get()
    assert (kept.bank, kept.bank_alias, kept.bank_branch) == ("其他银行", "杭州银行", branch.name)
    assert f'value="{OF_HANGZHOU}" selected' in client.get(at["facts"]).content.decode()


def test_without_wechats_list_nothing_is_lost_and_it_says_why(browser, settings):
    settings.WECHAT_PAY_ROOT = "http://127.0.0.1:9"
    client, at = browser
    reply = client.post(at["facts"], {**FACTS, **BANK_FORM})
    assert (reply.status_code, "微信的银行列表暂时取不到" in reply.content.decode()) == (400, True)
    assert Application.objects.get().bank == ""


@pytest.mark.parametrize("missing", ["bank", "bank_address_code"])
def test_wechat_is_not_asked_without_the_bank(wechat, missing):
    sub_merchant = services.apply_sub_merchant(details={**DETAILS, missing: ""})
    services.submit_applyment(sub_merchant.pk)
    sub_merchant.refresh_from_db()
    assert sub_merchant.status == SubMerchant.Status.REJECTED and missing in sub_merchant.reason


def test_wechat_takes_another_bank_with_its_branch(wechat):
    names = ("licence", "id_front", "id_back")
    pictures = {
        name: private_storage().save(f"private/applications/{name}.webp", make_upload(kind="WEBP")) for name in names
    }
    bank = {"bank": banks.OTHER_BANK, "bank_branch_id": "301234567899", "bank_branch": "杭州银行杭州市高新支行"}
    sub_merchant = services.apply_sub_merchant(details={**DETAILS, **bank, "pictures": pictures})
    services.submit_applyment(sub_merchant.pk)
    sub_merchant.refresh_from_db()
    assert sub_merchant.status == SubMerchant.Status.SUBMITTED


@pytest.mark.parametrize(
    ("changed", "field"), [({"bank": ""}, "bank_alias_code"), ({"bank": banks.OTHER_BANK}, "bank_branch_id")]
)
def test_an_application_without_its_bank_is_not_kept(changed, field):
    application = make_application()
    with pytest.raises(ApplicationInvalid) as refused:
        save_application(application=application, **changed)
    assert list(refused.value.fields) == [field]
    assert Application.objects.get().bank == "工商银行"
