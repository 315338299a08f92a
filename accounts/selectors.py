from django.conf import settings

from accounts.models import Consent, LoginTicket, User, WeChatIdentity


def identity(user: User, kind: str) -> WeChatIdentity | None:
    """How our app of this `kind` (WeChatIdentity.Kind) knows the person."""
    return WeChatIdentity.objects.filter(user=user, kind=kind).first()


def has_consent(user: User, purpose: str) -> bool:
    return Consent.objects.filter(user=user, purpose=purpose, withdrawn_at=None).exists()


def ticket_state(ticket: LoginTicket) -> str:
    """A LoginTicket.Status, fresh from the database."""
    return LoginTicket.objects.values_list("status", flat=True).get(pk=ticket.pk)


def masked_phone(phone: str) -> str:
    """ "13812345678" -> "138****5678": enough to recognise, too little to call."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 7 else "*" * len(phone)


def moderation_openid(user: User) -> str:
    """The mini-program openid that a content check of this person's words names.

    WeChat wants one that visited within two hours (61010). Staff who only use the dashboard have none, so
    an operator names a member of ops in WECHAT_MODERATION_OPENID.
    """
    found = identity(user, WeChatIdentity.Kind.MINI_PROGRAM)
    return found.openid if found else settings.WECHAT_MODERATION_OPENID
