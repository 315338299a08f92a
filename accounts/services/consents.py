"""Consent: separate per purpose, withdrawn as easily as given (PIPL articles 14 and 15)."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Consent, User
from accounts.signals import consent_withdrawn
from core import audit
from core.errors import Invalid
from core.locks import lock_row


@transaction.atomic
def grant_consent(*, user: User, purpose: str, version: str) -> Consent:
    """Record consent to a version of a text. The same again is a no-op; another version replaces it.

    Raises:
        Invalid: an unknown purpose, or a version that is not 1 to 20 characters.
    """
    if purpose not in Consent.Purpose.values:
        raise Invalid(fields={"purpose": [_("There is no such purpose")]})
    if not 1 <= len(version) <= 20:
        raise Invalid(fields={"version": [_("A version has 1 to 20 characters")]})
    lock_row(user)
    live = Consent.objects.filter(user=user, purpose=purpose, withdrawn_at=None).first()
    if live is not None and live.version == version:
        return live
    if live is not None:
        Consent.objects.filter(pk=live.pk).update(withdrawn_at=timezone.now())
    made = Consent.objects.create(user=user, purpose=purpose, version=version)
    audit.record(actor=user, action="accounts.consent_granted", target=user, purpose=purpose, version=version)
    return made


@transaction.atomic
def withdraw_consent(*, user: User, purpose: str) -> None:
    """Take consent back, and with it whatever rests on it; without a live one nothing happens."""
    live = Consent.objects.filter(user=user, purpose=purpose, withdrawn_at=None)
    if live.update(withdrawn_at=timezone.now()):
        audit.record(actor=user, action="accounts.consent_withdrawn", target=user, purpose=purpose)
        consent_withdrawn.send(sender=Consent, user=user, purpose=purpose)
