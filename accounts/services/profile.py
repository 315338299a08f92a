"""What a person tells about themselves."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.locks import lock_person
from accounts.models import User, WeChatIdentity
from accounts.selectors import identity
from core import audit
from core.crypto import blind_index
from core.errors import Invalid
from core.images import reencode
from wechat import clients, moderation
from wechat.errors import WeChatError

from .sessions import check_code_shape, refusal_of_code

AVATAR_SIDE = 400
NICKNAME_LENGTH = 40


def set_phone(*, user: User, phone_code: str) -> User:
    """Store the number behind a getPhoneNumber code: proved by WeChat, never typed.

    Raises:
        WeChatCodeInvalid, WeChatUnavailable: as for signing in.
        AccountDisabled: the account was closed meanwhile.
    """
    check_code_shape(phone_code)
    try:
        found = clients.mini_program().get_phone_number(code=phone_code)
    except WeChatError as error:
        raise refusal_of_code(error) from error
    user.phone = found.national_number if found.country_code == "86" else found.number
    user.phone_index = blind_index(user.phone)
    with transaction.atomic():
        lock_person(user)
        user.save(update_fields=["phone", "phone_index"])
        audit.record(actor=user, action="accounts.phone_set", target=user)
    return user


def update_profile(*, user: User, nickname: str | None = None, avatar=None) -> User:
    """Change what others see of a person; None leaves a part as it is.

    Args:
        nickname: 1 to 40 characters, judged by WeChat before anyone sees it.
        avatar: an uploaded file, or None.

    Raises:
        Invalid: an empty, over-long or refused nickname.
        core.images.BadImage: not a picture.
        AccountDisabled: the account was closed meanwhile.
        wechat.moderation.ModerationUnavailable: nobody could judge the nickname.
    """
    changed = []
    if nickname is not None and nickname != user.nickname:
        user.nickname = _checked_nickname(user, nickname)
        changed.append("nickname")
    old = user.avatar.name if user.avatar else ""
    picture = reencode(avatar, max_side=AVATAR_SIDE) if avatar is not None else None
    if picture is not None:
        changed.append("avatar")
    if not changed:
        return user
    with transaction.atomic():
        lock_person(user)
        if picture is not None:
            user.avatar.save(picture.name, picture, save=False)
        user.save(update_fields=changed)
        audit.record(actor=user, action="accounts.profile_changed", target=user, changed=changed)
        if old and avatar is not None:
            storage = user.avatar.storage
            transaction.on_commit(lambda: storage.delete(old))
    return user


def _checked_nickname(user: User, nickname: str) -> str:
    nickname = " ".join(nickname.split())
    if not 1 <= len(nickname) <= NICKNAME_LENGTH or not nickname.isprintable():
        raise Invalid(fields={"nickname": [_("A nickname has 1 to 40 characters")]})
    author = identity(user, WeChatIdentity.Kind.MINI_PROGRAM)
    if author is not None:
        verdict = moderation.check_text(openid=author.openid, text=nickname, scene=moderation.PROFILE)
        if verdict.suggest != "pass":
            raise Invalid(fields={"nickname": [_("This nickname can't be used; choose another")]})
    return nickname
