"""Try each configured credential and say in words what is wrong with it."""

from collections.abc import Callable

from django.core.management.base import BaseCommand, CommandError

from wechat import clients, errors

ADVICE = {
    "40013": "the AppID is not one of WeChat's, or belongs to another kind of account",
    "40125": "the AppSecret is wrong; reset it at mp.weixin.qq.com > Settings > Development",
    "40001": "WeChat refuses the AppSecret or the token; check that both belong to the same account",
    "40164": "this server's address is not on the IP whitelist; add it at mp.weixin.qq.com > Settings > Development",
    "48001": "the account lacks the right; is it verified?",
    "45009": "the quota of the day is used up",
    "SIGN_ERROR": "WeChat Pay does not accept our signature: WECHAT_PAY_PRIVATE_KEY and WECHAT_PAY_CERT_SERIAL "
    "must belong to the same certificate of WECHAT_PAY_SP_MCHID, and the clock must be right",
    "NO_AUTH": "the merchant has no right to this product (电商收付通); ask WeChat Pay's operations contact",
    "MCH_NOT_EXISTS": "WECHAT_PAY_SP_MCHID is unknown to WeChat Pay",
    "APPID_MCHID_NOT_MATCH": "WECHAT_PAY_SP_APPID is not bound to WECHAT_PAY_SP_MCHID",
    errors.BAD_SIGNATURE: "the answer is not signed with WECHAT_PAY_PUBLIC_KEY; copy key and id again from "
    "pay.weixin.qq.com > Account > API security > WeChat Pay public key",
    errors.UNREACHABLE: "no connection; check the network, WECHAT_API_ROOT and WECHAT_PAY_ROOT",
    errors.TIMEOUT: "no answer in time; check the network and try again",
    errors.STORE_DOWN: "Redis (REDIS_URL) cannot be reached; access tokens are kept there",
    errors.BAD_REPLY: "whatever answers at this address is not WeChat",
}


class Command(BaseCommand):
    help = "Try each configured WeChat credential and say what is wrong. Changes nothing at WeChat."

    def handle(self, *args, **options):
        checks: list[tuple[str, Callable[[], None]]] = [
            ("Service account (WECHAT_OA_*)", _check_official_account),
            ("Mini-program (WECHAT_MINI_*)", _check_mini_program),
            ("WeChat Pay (WECHAT_PAY_*)", _check_pay),
        ]
        broken = [name for name, check in checks if not self._report(name, check)]
        if broken:
            raise CommandError(f"{len(broken)} of {len(checks)} do not work")

    def _report(self, name: str, check: Callable[[], None]) -> bool:
        try:
            check()
        except errors.WeChatError as error:
            advice = ADVICE.get(error.code, "see WeChat's page for this code")
            if error.code == errors.MISCONFIGURED:
                self.stdout.write(self.style.ERROR(f"{name}: {error.message}"))
            else:
                self.stdout.write(self.style.ERROR(f"{name}: {advice} [{error.code} {error.message}]"))
            return False
        self.stdout.write(self.style.SUCCESS(f"{name}: works"))
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
