"""People and how WeChat knows them."""

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.locks import lock_newcomer
from accounts.models import ApiToken, User, WeChatIdentity
from core import audit
from core.errors import Conflict

Kind = WeChatIdentity.Kind


def appid_of(kind: str) -> str:
    return settings.WECHAT_MINI_APPID if kind == Kind.MINI_PROGRAM else settings.WECHAT_OA_APPID


def person_for_openid(*, kind: str, openid: str, unionid: str | None = "") -> User:
    """The person behind an openid, made now if nobody of ours knows them.

    Args:
        kind: WeChatIdentity.Kind: which of our apps the openid belongs to.
        unionid: joins the identities of one person; "" or None where WeChat gave none.
    """
    return find_or_create(kind=kind, openid=openid, unionid=unionid or "")[0]


@transaction.atomic
def find_or_create(*, kind: str, openid: str, unionid: str) -> tuple[User, bool]:
    """The person, and whether they are new."""
    known = _known(kind, openid)
    if known is None:
        lock_newcomer(f"openid {appid_of(kind)} {openid}", unionid and f"unionid {unionid}")
        known = _known(kind, openid)
    if known is not None:
        # Learned late (the app was bound to the open platform after the first visit). Someone who by
        # then is two people here stays two: orders and memberships cannot be merged unasked.
        if unionid and not known.unionid:
            WeChatIdentity.objects.filter(pk=known.pk).update(unionid=unionid)
        return known.user, False
    user, is_new = _by_unionid(kind, unionid), False
    if user is None:
        user, is_new = User.objects.create_user(), True
        audit.record(actor=user, action="accounts.joined", target=user, kind=kind)
    WeChatIdentity.objects.create(user=user, kind=kind, appid=appid_of(kind), openid=openid, unionid=unionid)
    return user, is_new


@transaction.atomic
def bind_identity(*, user: User, kind: str, openid: str, unionid: str | None = "") -> WeChatIdentity:
    """Let a person who has no identity of this kind be reached under `openid`.

    Raises:
        Conflict: the openid is somebody else's, or the person already has another one.
    """
    unionid = unionid or ""
    lock_newcomer(f"openid {appid_of(kind)} {openid}", unionid and f"unionid {unionid}")
    known = _known(kind, openid)
    stranger = WeChatIdentity.objects.filter(unionid=unionid).exclude(user=user).exists() if unionid else False
    own = WeChatIdentity.objects.filter(user=user, appid=appid_of(kind)).first()
    if known is not None and known.user_id == user.pk:
        return known
    if known is not None or stranger or own is not None:
        raise Conflict(_("This WeChat belongs to somebody else"))
    made = WeChatIdentity.objects.create(user=user, kind=kind, appid=appid_of(kind), openid=openid, unionid=unionid)
    audit.record(actor=user, action="accounts.identity_bound", target=user, kind=kind)
    return made


def set_following(*, openid: str, following: bool) -> None:
    """Remember whether a person follows the service account, without which no template message reaches them.

    Somebody whom we don't know is nobody's loss: the scan that makes them known says so too.
    """
    rows = WeChatIdentity.objects.filter(appid=settings.WECHAT_OA_APPID, openid=openid)
    rows.update(is_following=following)


@transaction.atomic
def close_account(*, user: User, by: User, reason: str) -> None:
    """Shut a person out: no sign-in, and every session ends. Nothing of theirs is removed."""
    if not User.objects.filter(pk=user.pk, is_active=True).update(is_active=False):
        return
    ApiToken.objects.filter(user=user, revoked_at=None).update(revoked_at=timezone.now())
    audit.record(actor=by, action="accounts.closed", target=user, reason=reason)


@transaction.atomic
def reopen_account(*, user: User, by: User) -> None:
    """Let a person in again. An erased one stays erased."""
    if User.objects.filter(pk=user.pk, is_active=False, erased_at=None).update(is_active=True):
        audit.record(actor=by, action="accounts.reopened", target=user)


def record_rights(*, user: User, by: User, **changed: str) -> None:
    """Note in the audit log that a superuser changed what somebody may do in ops."""
    audit.record(actor=by, action="accounts.rights_changed", target=user, **changed)


def _known(kind: str, openid: str) -> WeChatIdentity | None:
    return WeChatIdentity.objects.select_related("user").filter(appid=appid_of(kind), openid=openid).first()


def _by_unionid(kind: str, unionid: str) -> User | None:
    if not unionid:
        return None
    siblings = WeChatIdentity.objects.filter(unionid=unionid).select_related("user")
    # A person has one openid per app; one who already has another here is not joined on WeChat's word alone.
    taken = siblings.filter(appid=appid_of(kind)).exists()
    found = siblings.order_by("pk").first()
    return None if found is None or taken else found.user
