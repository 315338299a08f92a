from accounts.models import Address, Consent, LoginTicket, User, WeChatIdentity
from core.errors import NotFound
from core.prepared import Prepared


def identity(user: User, kind: str) -> WeChatIdentity | None:
    """How our app of this `kind` (WeChatIdentity.Kind) knows the person."""
    return identity_of(user.pk, kind)


def identity_of(user_id: int, kind: str) -> WeChatIdentity | None:
    """The same for a person's primary key."""
    return _identity.first(user_id=user_id, kind=str(kind))


@Prepared(user_id=int, kind=str)
def _identity(user_id, kind):
    return WeChatIdentity.objects.filter(user=user_id, kind=kind).order_by("pk")[:1]


def own_address(user: User, id: str) -> Address:
    """The person's address with this public id. Raises NotFound for anybody else's."""
    if address := _address.first(user_id=user.pk, id=id):
        return address
    raise NotFound


@Prepared(user_id=int, id=str)
def _address(user_id, id):
    return Address.objects.filter(user=user_id, public_id=id).order_by()


def has_consent(user: User, purpose: str) -> bool:
    return Consent.objects.filter(user=user, purpose=purpose, withdrawn_at=None).exists()


def ticket_state(ticket: LoginTicket) -> str:
    """A LoginTicket.Status, fresh from the database."""
    return LoginTicket.objects.values_list("status", flat=True).get(pk=ticket.pk)


def masked_phone(phone: str) -> str:
    """ "13812345678" -> "138****5678": enough to recognise, too little to call."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 7 else "*" * len(phone)


def mini_program_openids(*users: User) -> list[str]:
    """The openids of those of these people whom the mini-program knows, in their order."""
    found = WeChatIdentity.objects.filter(user__in=users, kind=WeChatIdentity.Kind.MINI_PROGRAM)
    by_user = dict(found.values_list("user_id", "openid"))
    return [by_user[user.pk] for user in users if user.pk in by_user]
