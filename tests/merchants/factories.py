"""Merchants for tests, by the way that real ones take: code, application, review."""

import io
from datetime import timedelta
from itertools import count

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from accounts.models import User
from merchants import services
from merchants.models import Application, Membership, Merchant
from payments.models import SubMerchant
from tests.accounts.factories import make_user

numbers = count(1)

FACTS = {
    "kind": "4",
    "shop_name": "山南茶器",
    "business_name": "杭州市西湖区山南茶器店",
    "licence_number": "92330106MA2KXT3K0E",
    "contact_name": "周山南",
    "contact_phone": "13812345678",
    "id_number": "110101199003072957",
    "bank_account": "6222020200112233445",
    "introduction": "宜兴紫砂壶和德化白瓷，自己烧了十二年。",
}

# As the form chooses it, and as it is kept.
BANK_FORM = {"bank_alias_code": "1000009561", "bank_address_code": "330100", "bank_branch_id": ""}
BANK = {**BANK_FORM, "bank": "工商银行", "bank_alias": "工商银行", "bank_branch": ""}


def picture(name: str = "a.jpg", size=(640, 400)) -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", size, "ivory").save(out, "JPEG")
    return SimpleUploadedFile(name, out.getvalue(), "image/jpeg")


def make_ops() -> User:
    return make_user("运营", wechat=False, is_staff=True, is_superuser=True)


def make_codes(quota: int = 1, **fields) -> list[str]:
    given = {"name": "杭州茶博会", "channel": "展会", "expires_at": timezone.now() + timedelta(days=30), "by": None}
    return services.issue_codes(quota=quota, **{**given, **fields})[1]


def make_application(applicant: User | None = None, *, submitted: bool = False, **facts) -> Application:
    """A draft with everything filled in; with `submitted`, sent."""
    application = services.start_application(
        applicant=applicant or make_user(), code=make_codes()[0], client="127.0.0.1", **{**FACTS, **BANK, **facts}
    )
    for kind in ("licence", "id_front", "id_back"):
        services.add_document(application=application, kind=kind, upload=picture())
    return services.submit_application(application=application) if submitted else application


def make_merchant(name: str = "", *, owner: User | None = None, can_sell: bool = True) -> Merchant:
    """An approved merchant with its owner and its shop; with `can_sell`, WeChat Pay has accepted it too."""
    application = make_application(owner, submitted=True, shop_name=name or f"店铺{next(numbers)}")
    services.review_application(application=application, by=make_ops(), decision="approved")
    merchant = Merchant.objects.get(application=application)
    if can_sell:
        SubMerchant.objects.filter(pk=merchant.sub_merchant_id).update(
            status=SubMerchant.Status.ACTIVE, sub_mchid=f"19{merchant.pk:08d}"
        )
    return merchant


def make_member(merchant: Merchant, role: str = "agent", *, user: User | None = None) -> Membership:
    return services.add_member(merchant=merchant, user=user or make_user(f"{role}小王"), role=role, by=None)


def owner_of(merchant: Merchant) -> Membership:
    return merchant.memberships.get(role="owner", removed_at=None)
