"""Money. Three layers: what WeChat was asked (Payment, Refund, Split), what it said
(PayNotification), and what that means in fen (the ledger).

The ledger is double-entry and append-only. A transaction's entries sum to zero: a deferred trigger
checks that at COMMIT, another forbids UPDATE and DELETE. Each account's balance is kept beside its
entries by the one function that posts (payments.ledger.post). The platform never holds merchants'
money (支付条例 2024 art. 6): "frozen" is the sub-merchant's frozen balance at WeChat.

    buyer pays      external    -> frozen
    split           frozen      -> settled  and  fee
    refund          frozen      -> external

Every account belongs to one sub-merchant, so no two merchants' payments wait for the same row.
"""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.models import PublicModel


class Asked(models.Model):
    """A row whose end only WeChat knows. The sweep asks again until it is told (payments.asking)."""

    # When to ask next; null where there is nothing to ask.
    ask_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        abstract = True
        indexes = [models.Index(fields=["ask_at"], condition=Q(ask_at__isnull=False), name="%(class)s_ask_at")]


class SubMerchant(Asked):
    """A 二级商户 of 电商收付通: the account at WeChat that a merchant's money goes to."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Not sent")
        SUBMITTED = "submitted", _("Under review at WeChat")
        NEEDS_ACTION = "needs_action", _("The merchant must act")
        REJECTED = "rejected", _("Rejected")
        ACTIVE = "active", _("Active")

    out_request_no = models.CharField(_("our number"), max_length=64, unique=True)
    applyment_id = models.CharField(_("WeChat's application number"), max_length=32, blank=True)
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.DRAFT)
    wechat_state = models.CharField(_("WeChat's state"), max_length=32, blank=True)
    sub_mchid = models.CharField(_("sub-merchant id"), max_length=32, unique=True, null=True)
    sign_url = models.URLField(_("signing link"), max_length=500, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    # What is sent for the application (services.sub_merchants.FIELDS), encrypted where it is personal.
    details = models.JSONField(default=dict)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta(Asked.Meta):
        verbose_name = _("sub-merchant")
        verbose_name_plural = _("sub-merchants")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="active") | Q(sub_mchid__isnull=False), name="active_sub_merchant_has_id"
            )
        ]

    def __str__(self):
        return self.sub_mchid or self.out_request_no


class Payment(PublicModel, Asked):
    """One request for money from one buyer to one sub-merchant."""

    class Status(models.TextChoices):
        PENDING = "pending", _("Waiting for payment")
        PAID = "paid", _("Paid")
        CLOSED = "closed", _("Closed")

    # Key of settings.PAYMENT_HANDLERS, and the public id of the thing paid for.
    purpose = models.CharField(_("purpose"), max_length=16)
    subject_id = models.CharField(_("subject"), max_length=20)
    payer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="payments", verbose_name=_("payer")
    )
    sub_merchant = models.ForeignKey(
        SubMerchant, models.PROTECT, related_name="payments", verbose_name=_("sub-merchant")
    )
    out_trade_no = models.CharField(_("our number"), max_length=32, unique=True)
    transaction_id = models.CharField(_("WeChat's number"), max_length=32, unique=True, null=True)
    description = models.CharField(_("description"), max_length=127)
    amount_fen = models.PositiveBigIntegerField(_("amount"))
    refunded_fen = models.PositiveBigIntegerField(_("refunded"), default=0)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.PENDING)
    prepay_id = models.CharField(_("prepay id"), max_length=64, blank=True)
    prepaid_at = models.DateTimeField(_("prepaid"), null=True)
    expires_at = models.DateTimeField(_("expires"))
    paid_at = models.DateTimeField(_("paid"), null=True)
    closed_at = models.DateTimeField(_("closed"), null=True)

    class Meta(Asked.Meta):
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["purpose", "subject_id"], name="one_payment_per_subject"),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="payment_is_positive"),
            models.CheckConstraint(condition=Q(refunded_fen__lte=F("amount_fen")), name="refunds_within_payment"),
            models.CheckConstraint(
                condition=~Q(status="paid") | Q(paid_at__isnull=False, transaction_id__isnull=False),
                name="paid_payment_has_proof",
            ),
        ]

    def __str__(self):
        return self.out_trade_no


class Refund(PublicModel, Asked):
    class Status(models.TextChoices):
        PENDING = "pending", _("Not sent")
        PROCESSING = "processing", _("At WeChat")
        SUCCEEDED = "succeeded", _("Refunded")
        ABNORMAL = "abnormal", _("Needs a person")
        CLOSED = "closed", _("Closed")

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="refunds", verbose_name=_("payment"))
    out_refund_no = models.CharField(_("our number"), max_length=64, unique=True)
    # One refund per reason key: "late" or "full"; a repeat of the request finds the first.
    key = models.CharField(_("cause"), max_length=40)
    refund_id = models.CharField(_("WeChat's refund number"), max_length=32, blank=True)
    amount_fen = models.PositiveBigIntegerField(_("amount"))
    reason = models.CharField(_("reason"), max_length=80)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PENDING)
    error_code = models.CharField(_("error code"), max_length=64, blank=True)
    succeeded_at = models.DateTimeField(_("refunded at"), null=True)

    class Meta(Asked.Meta):
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["payment", "key"], name="one_refund_per_key"),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="refund_is_positive"),
        ]

    def __str__(self):
        return self.out_refund_no


class Split(PublicModel, Asked):
    """Releases a payment's frozen money: the platform's fee to the platform, the rest to the merchant."""

    class Status(models.TextChoices):
        PENDING = "pending", _("Not sent")
        PROCESSING = "processing", _("At WeChat")
        FINISHED = "finished", _("Finished")
        FAILED = "failed", _("Needs a person")
        # WeChat took the number and then could not pay the platform's fee: that number is spent.
        CLOSED = "closed", _("Fee not paid out")

    payment = models.OneToOneField(Payment, models.PROTECT, related_name="split", verbose_name=_("payment"))
    out_order_no = models.CharField(_("our number"), max_length=64, unique=True)
    merchant_fen = models.PositiveBigIntegerField(_("to the merchant"))
    fee_fen = models.PositiveBigIntegerField(_("platform's fee"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PENDING)
    error_code = models.CharField(_("error code"), max_length=64, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta(Asked.Meta):
        verbose_name = _("split")
        verbose_name_plural = _("splits")
        ordering = ["-id"]

    def __str__(self):
        return self.out_order_no


class PayNotification(models.Model):
    """A verified notification, once."""

    notification_id = models.CharField(_("WeChat's number"), max_length=64, unique=True)
    event_type = models.CharField(_("kind"), max_length=64)
    out_no = models.CharField(_("our number"), max_length=64, db_index=True)
    received_at = models.DateTimeField(_("received"), auto_now_add=True)

    class Meta:
        verbose_name = _("payment notice")
        verbose_name_plural = _("payment notices")
        ordering = ["-id"]

    def __str__(self):
        return self.notification_id


class LedgerAccount(models.Model):
    class Kind(models.TextChoices):
        EXTERNAL = "external", _("Buyers' WeChat Pay")
        FROZEN = "frozen", _("Frozen at WeChat")
        SETTLED = "settled", _("Released to the merchant")
        FEE = "fee", _("Platform's fee")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    sub_merchant = models.ForeignKey(
        SubMerchant, models.PROTECT, null=True, related_name="ledger_accounts", verbose_name=_("sub-merchant")
    )
    balance_fen = models.BigIntegerField(_("balance"), default=0)

    class Meta:
        verbose_name = _("ledger account")
        verbose_name_plural = _("ledger accounts")
        constraints = [
            models.UniqueConstraint(fields=["kind", "sub_merchant"], nulls_distinct=False, name="ledger_account_once"),
            models.CheckConstraint(
                condition=Q(kind="external") | Q(balance_fen__gte=0), name="only_external_may_be_negative"
            ),
        ]

    def __str__(self):
        return f"{self.kind}:{self.sub_merchant or ''}"


class LedgerTransaction(models.Model):
    """`reference` makes each business event post once: "pay:<out_trade_no>", "refund:…", "split:…"."""

    reference = models.CharField(_("reference"), max_length=80, unique=True)
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="ledger_transactions", verbose_name=_("payment"))
    created_at = models.DateTimeField(_("time"), auto_now_add=True)

    class Meta:
        verbose_name = _("ledger transaction")
        verbose_name_plural = _("ledger transactions")
        ordering = ["-id"]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self):
        return self.reference


class LedgerEntry(models.Model):
    transaction = models.ForeignKey(LedgerTransaction, models.PROTECT, related_name="entries")
    account = models.ForeignKey(LedgerAccount, models.PROTECT, related_name="entries", verbose_name=_("account"))
    amount_fen = models.BigIntegerField(_("amount"))

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        constraints = [models.CheckConstraint(condition=~Q(amount_fen=0), name="ledger_entry_moves_something")]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="sums_to_zero",
                operation=pgtrigger.Insert,
                when=pgtrigger.After,
                timing=pgtrigger.Deferred,
                declare=[("total", "bigint")],
                func="""
                    SELECT sum(amount_fen) INTO total FROM payments_ledgerentry
                        WHERE transaction_id = NEW.transaction_id;
                    IF total <> 0 THEN
                        RAISE EXCEPTION 'ledger transaction % is off by % fen', NEW.transaction_id, total;
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self):
        return f"{self.account}: {self.amount_fen}"
