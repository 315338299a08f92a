"""Second factor: a time-based code (RFC 6238), and recovery codes for the day the phone is lost."""

from django.db import transaction
from django_otp import match_token
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import limits
from accounts.errors import SecondFactorInvalid
from accounts.models import User
from core import audit
from core.errors import Conflict

RECOVERY_CODES = 8
# Beside django-otp's own growing pauses per device: it bounds what a stolen password is worth.
MAX_WRONG, WRONG_WINDOW_SECONDS = 10, 15 * 60


def start_enrolment(*, user: User) -> TOTPDevice:
    """The device to be confirmed; the same one until it is, so that a reload shows the same QR code.

    Raises:
        Conflict: the person already has one; ops can reset it.
    """
    if TOTPDevice.objects.filter(user=user, confirmed=True).exists():
        raise Conflict
    device = TOTPDevice.objects.filter(user=user, confirmed=False).first()
    return device or TOTPDevice.objects.create(user=user, name="app", confirmed=False)


def confirm_enrolment(*, user: User, code: str) -> tuple[TOTPDevice, list[str]]:
    """Take the new device into use and make recovery codes, which are shown this once.

    Raises:
        SecondFactorInvalid: the code is not the device's of this moment.
    """
    with transaction.atomic():
        device = TOTPDevice.objects.select_for_update().filter(user=user, confirmed=False).first()
        if device is None:
            raise Conflict
        is_right = device.verify_token(code)
        if is_right:
            TOTPDevice.objects.filter(pk=device.pk).update(confirmed=True)
            codes = _new_recovery_codes(user)
            audit.record(actor=user, action="accounts.second_factor_enrolled", target=user)
    if not is_right:  # After commit: the device has counted the wrong try.
        raise SecondFactorInvalid
    return device, codes


def verify_second_factor(*, user: User, code: str):
    """The device that `code` belongs to; a code of either kind works once.

    Raises:
        SecondFactorInvalid: wrong, used, or within the pause after a wrong one.
        TooMany: ten wrong ones in a quarter of an hour.
    """
    key = f"second factor {user.pk}"
    limits.check(key, limit=MAX_WRONG, seconds=WRONG_WINDOW_SECONDS)
    device = match_token(user, code.strip())
    if device is None:
        limits.count(key, seconds=WRONG_WINDOW_SECONDS)
        raise SecondFactorInvalid
    limits.forget(key)
    return device


@transaction.atomic
def reset_second_factor(*, user: User, by: User) -> None:
    """Ops' help for somebody who lost phone and recovery codes: the next sign-in enrols anew."""
    TOTPDevice.objects.filter(user=user).delete()
    StaticDevice.objects.filter(user=user).delete()
    audit.record(actor=by, action="accounts.second_factor_reset", target=user)


def _new_recovery_codes(user: User) -> list[str]:
    StaticDevice.objects.filter(user=user).delete()
    device = StaticDevice.objects.create(user=user, name="recovery")
    codes = [StaticToken.random_token() for _ in range(RECOVERY_CODES)]
    StaticToken.objects.bulk_create(StaticToken(device=device, token=code) for code in codes)
    return codes
