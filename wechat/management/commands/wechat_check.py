"""Try each configured credential and say in words what is wrong with it."""

from collections.abc import Callable

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from wechat import clients, errors

ADVICE = {
    "40013": lazy("WeChat does not know this AppID, or it belongs to another kind of account"),
    "40125": lazy("The AppSecret is wrong; reset it at mp.weixin.qq.com under Development"),
    "40001": lazy("WeChat refuses the AppSecret; check that it belongs to this AppID"),
    "40164": lazy("This server's address is not on the IP whitelist; add it at mp.weixin.qq.com under Development"),
    "48001": lazy("The account lacks this right; is it verified?"),
    "45009": lazy("The quota of the day is used up"),
    "SIGN_ERROR": lazy(
        "WeChat Pay does not accept our signature: WECHAT_PAY_PRIVATE_KEY and WECHAT_PAY_CERT_SERIAL must belong to "
        "the same certificate of WECHAT_PAY_SP_MCHID, and this server's clock must be right"
    ),
    "NO_AUTH": lazy("The merchant may not use this product (电商收付通); ask your contact at WeChat Pay"),
    "MCH_NOT_EXISTS": lazy("WeChat Pay does not know WECHAT_PAY_SP_MCHID"),
    "APPID_MCHID_NOT_MATCH": lazy("WECHAT_PAY_SP_APPID is not bound to WECHAT_PAY_SP_MCHID"),
    errors.BAD_SIGNATURE: lazy(
        "The answer is not signed with WECHAT_PAY_PUBLIC_KEY; copy key and id again from pay.weixin.qq.com under "
        "API security"
    ),
    errors.UNREACHABLE: lazy("No connection; check the network, WECHAT_API_ROOT and WECHAT_PAY_ROOT"),
    errors.TIMEOUT: lazy("No answer in time; check the network and try again"),
    errors.STORE_DOWN: lazy("Redis (REDIS_URL) cannot be reached; access tokens are kept there"),
    errors.BAD_REPLY: lazy("Whatever answers at this address is not WeChat"),
    errors.MISCONFIGURED: lazy("A setting is missing or cannot be used"),
}


class Command(BaseCommand):
    help = "Try each configured WeChat credential and say what is wrong. Changes nothing at WeChat."

    def handle(self, *args, **options):
        checks: list[tuple[str, Callable[[], None]]] = [
            (_("Service account") + " (WECHAT_OA_*)", _check_official_account),
            (_("Mini-program") + " (WECHAT_MINI_*)", _check_mini_program),
            (_("WeChat Pay") + " (WECHAT_PAY_*)", _check_pay),
        ]
        broken = [name for name, check in checks if not self._report(name, check)]
        if broken:
            raise CommandError(_("%(broken)s of %(all)s do not work") % {"broken": len(broken), "all": len(checks)})

    def _report(self, name: str, check: Callable[[], None]) -> bool:
        try:
            check()
        except errors.WeChatError as error:
            advice = ADVICE.get(error.code) or _("See WeChat's page for this code")
            self.stdout.write(self.style.ERROR(f"✗ {name}: {advice} [{error.code} {error.message}]"))
            return False
        self.stdout.write(self.style.SUCCESS(f"✓ {name}: {_('works')}"))
        return True


def _check_official_account() -> None:
    clients.official_account().tokens.probe()


def _check_mini_program() -> None:
    clients.mini_program().tokens.probe()


def _check_pay() -> None:
    """Ask for an order that cannot exist: the right answer is signed and says so."""
    try:
        clients.pay().query_combined(combine_out_trade_no="wechat-check-0000")
    except errors.WeChatError as error:
        if not error.is_not_found:
            raise
