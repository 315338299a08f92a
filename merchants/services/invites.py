"""微选码: issue, check, revoke."""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import limits
from accounts.models import User
from core import audit
from core.errors import Invalid
from merchants.codes import digest_of, new_code
from merchants.errors import InviteCodeInvalid
from merchants.models import InviteBatch, InviteCode

logger = logging.getLogger(__name__)

MAX_QUOTA = 1000
MAX_LIFETIME = timedelta(days=730)
# Wrong codes in ten minutes: from one person at one address, from one address, from everybody.
WINDOW_SECONDS = 10 * 60
PER_PERSON, PER_ADDRESS, FROM_ALL = 5, 30, 300
ALL_KEY = "invite code"


@transaction.atomic
def issue_codes(
    *, name: str, quota: int, expires_at: datetime, by: User | None, channel: str = ""
) -> tuple[InviteBatch, list[str]]:
    """Make a batch of codes for one recruiting channel.

    Args:
        quota: how many, 1 to 1,000.
        expires_at: aware; in the future, within two years.

    Returns:
        The batch and its codes in clear, which exist nowhere else from then on.

    Raises:
        Invalid: with `fields`.
    """
    errors = {}
    if not 1 <= len(name.strip()) <= 60:
        errors["name"] = [_("A name has 1 to 60 characters")]
    if not 1 <= quota <= MAX_QUOTA:
        errors["quota"] = [_("1 to 1,000 codes at once")]
    if not timezone.now() < expires_at <= timezone.now() + MAX_LIFETIME:
        errors["expires_at"] = [_("Choose a day in the next two years")]
    if errors:
        raise Invalid(fields=errors)
    batch = InviteBatch.objects.create(
        name=name.strip(), channel=channel.strip()[:60], quota=quota, expires_at=expires_at, created_by=by
    )
    codes = [new_code() for _number in range(quota)]
    InviteCode.objects.bulk_create(InviteCode(batch=batch, digest=digest_of(code)) for code in codes)
    audit.record(actor=by, action="merchants.codes_issued", target=batch, quota=quota, channel=batch.channel)
    return batch, codes


@transaction.atomic
def revoke_batch(*, batch: InviteBatch, by: User) -> None:
    """Void every code of the batch that was not redeemed yet. A repeat is a no-op."""
    now = timezone.now()
    if not InviteBatch.objects.filter(pk=batch.pk, revoked_at=None).update(revoked_at=now):
        return
    voided = batch.codes.filter(redeemed_at=None, revoked_at=None).update(revoked_at=now)
    audit.record(actor=by, action="merchants.codes_revoked", target=batch, voided=voided)


def check_code(*, code: str, client: str, user: User | None = None) -> InviteBatch:
    """The batch of a code that can be redeemed now. Nothing is used up but a wrong try.

    Args:
        client: where the try comes from: an address.
        user: who tries, where somebody is signed in.

    Raises:
        InviteCodeInvalid: whatever is wrong with it.
        TooMany: too many wrong ones; said before the code is looked at, so it tells nothing about it.
    """
    return find_code(code=code, client=client, user=user).batch


def find_code(*, code: str, client: str, user: User | None) -> InviteCode:
    keys = {
        f"invite code {client} {user.pk if user else '-'}": PER_PERSON,
        f"invite code {client}": PER_ADDRESS,
        ALL_KEY: FROM_ALL,
    }
    for key, limit in keys.items():
        limits.check(key, limit=limit, seconds=WINDOW_SECONDS)
    row = InviteCode.objects.select_related("batch").filter(digest=digest_of(code)).first()
    if row is not None and row.redeemed_at is None and row.revoked_at is None and row.batch.is_open:
        return row
    for key in keys:
        tries = limits.count(key, seconds=WINDOW_SECONDS)
        if key == ALL_KEY and tries == FROM_ALL:
            logger.error("invite codes are being guessed: %d wrong in ten minutes, no more are taken", tries)
    raise InviteCodeInvalid
