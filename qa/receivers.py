from django.dispatch import receiver

from accounts.models import Consent
from accounts.signals import consent_withdrawn, person_erased, person_exported
from shops.signals import pair_blocked, pair_unblocked
from wechat.signals import mini_program_event

from . import services
from .selectors import export_of
from .selectors.publications import export_public


@receiver(mini_program_event, dispatch_uid="qa.picture_checked")
def on_picture_checked(sender, event, payload, **kwargs):
    if event == "wxa_media_check":
        result = payload.get("result") or {}
        trace_id = str(payload.get("trace_id", ""))
        services.conclude_picture(trace_id=trace_id, passed=result.get("suggest") == "pass")


@receiver(person_exported, dispatch_uid="qa.person_exported")
def on_person_exported(sender, user, data, **kwargs):
    data["questions"] = export_of(user)
    data["public_answers"] = export_public(user)


@receiver(person_erased, dispatch_uid="qa.person_erased")
def on_person_erased(sender, user, **kwargs):
    services.forget_public(user=user)
    services.forget_questions(user=user)


@receiver(consent_withdrawn, dispatch_uid="qa.consent_withdrawn")
def on_consent_withdrawn(sender, user, purpose, **kwargs):
    if purpose == Consent.Purpose.PUBLIC_ANSWERS:
        services.withdraw_all(user=user)


@receiver(pair_blocked, dispatch_uid="qa.pair_blocked")
def on_pair_blocked(sender, shop, buyer, **kwargs):
    services.part(shop=shop, buyer=buyer)


@receiver(pair_unblocked, dispatch_uid="qa.pair_unblocked")
def on_pair_unblocked(sender, shop, buyer, **kwargs):
    services.meet_again(shop=shop, buyer=buyer)
