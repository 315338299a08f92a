"""A person's own data: to take along (PIPL article 45) and to have removed (article 47)."""

from django.db import transaction
from django.utils import timezone
from django_otp import devices_for_user

from accounts.models import ApiToken, User
from accounts.signals import erasure_requested, person_erased, person_exported
from core import audit, outbox
from core.locks import lock_row


def export_person(*, user: User) -> dict:
    """Everything the platform holds about a person, JSON-serialisable; each app adds its own part."""
    data = {
        "account": {
            "id": user.public_id,
            "user_name": user.username or "",
            "nickname": user.nickname,
            "phone": user.phone,
            "joined_at": user.created_at.isoformat(),
        },
        "wechat": [
            {"kind": i.kind, "openid": i.openid, "unionid": i.unionid, "since": i.created_at.isoformat()}
            for i in user.wechat_identities.order_by("pk")
        ],
        "consents": [
            {
                "purpose": c.purpose,
                "version": c.version,
                "granted_at": c.granted_at.isoformat(),
                "withdrawn_at": c.withdrawn_at and c.withdrawn_at.isoformat(),
            }
            for c in user.consents.order_by("pk")
        ],
        "addresses": [
            {n: getattr(a, n) for n in ("name", "phone", "province", "city", "district", "detail", "is_default")}
            for a in user.addresses.order_by("pk")
        ],
    }
    person_exported.send(sender=User, user=user, data=data)
    audit.record(actor=user, action="accounts.exported", target=user)
    return data


@transaction.atomic
def request_erasure(*, user: User) -> None:
    """Close the account now and have the person's data removed by the outbox. A repeat is a no-op.

    Raises:
        DomainError: whatever an app has against it (a shop that is still open, an order on its way).
    """
    user = lock_row(user)
    if user.erased_at is not None:
        return
    erasure_requested.send(sender=User, user=user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    ApiToken.objects.filter(user=user, revoked_at=None).update(revoked_at=timezone.now())
    audit.record(actor=user, action="accounts.erasure_requested", target=user)
    outbox.enqueue(kind="accounts.erase", key=user.public_id, payload={"user_id": user.pk})


@transaction.atomic
def erase_person(user_id: int) -> None:
    """Remove what makes a person recognisable. Trade and audit rows stay under the opaque id alone.

    Consents stay too: they prove what was allowed while it was, and hold nothing but dates.
    """
    user = User.objects.select_for_update().get(pk=user_id)
    if user.erased_at is not None:
        return
    person_erased.send(sender=User, user=user)
    for device in devices_for_user(user, confirmed=None):
        device.delete()
    user.wechat_identities.all().delete()
    user.addresses.all().delete()
    user.api_tokens.all().delete()
    user.consents.filter(withdrawn_at=None).update(withdrawn_at=timezone.now())
    user.groups.clear()
    user.user_permissions.clear()
    if user.avatar:
        storage, name = user.avatar.storage, user.avatar.name
        transaction.on_commit(lambda: storage.delete(name))
    user.username, user.nickname, user.avatar, user.phone, user.phone_index = None, "", "", "", ""
    user.is_active = user.is_staff = user.is_superuser = False
    user.erased_at = timezone.now()
    user.set_unusable_password()
    user.save()
    audit.record(actor=None, action="accounts.erased", target=user)
