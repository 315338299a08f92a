from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import crypto
from core.files import private_storage
from core.models import PublicModel
from payments.models import SubMerchant


class InviteBatch(PublicModel):
    """微选码, issued in batches to recruit merchants over one channel."""

    name = models.CharField(_("name"), max_length=60)
    channel = models.CharField(_("channel"), max_length=60, blank=True)
    quota = models.PositiveIntegerField(_("number of codes"))
    expires_at = models.DateTimeField(_("expires"))
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("issued by")
    )

    class Meta:
        verbose_name = _("batch of invite codes")
        verbose_name_plural = _("batches of invite codes")
        ordering = ["-id"]

    def __str__(self):
        return self.name

    @property
    def is_open(self) -> bool:
        return self.revoked_at is None and self.expires_at > timezone.now()


class InviteCode(models.Model):
    """One code of 80 random bits. Only its keyed hash is kept: it is shown and printed once, at issue."""

    batch = models.ForeignKey(InviteBatch, models.CASCADE, related_name="codes")
    digest = models.CharField(max_length=64, unique=True)
    redeemed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    redeemed_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("invite code")
        verbose_name_plural = _("invite codes")
        constraints = [
            models.CheckConstraint(
                condition=Q(redeemed_by__isnull=True, redeemed_at__isnull=True)
                | Q(redeemed_by__isnull=False, redeemed_at__isnull=False),
                name="redeemed_by_someone_sometime",
            )
        ]

    def __str__(self):
        return f"{self.batch} #{self.pk}"


class Application(PublicModel):
    """A request to open a shop: draft -> submitted -> approved | rejected | more_needed -> submitted."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Being filled in")
        SUBMITTED = "submitted", _("Waiting for review")
        MORE_NEEDED = "more_needed", _("More is needed")
        APPROVED = "approved", _("Approved")
        REJECTED = "rejected", _("Rejected")

    class Kind(models.TextChoices):
        # WeChat's organization_type: 2401 micro, 2500 individual seller, 4 self-employed, 2 company.
        MICRO = "2401", _("Small stall")
        INDIVIDUAL = "2500", _("Individual seller")
        SELF_EMPLOYED = "4", _("Self-employed business")
        COMPANY = "2", _("Company")

    # What a reviewer may do from where; services.review_application reads it.
    TRANSITIONS = {
        "draft": {"submitted"},
        "more_needed": {"submitted"},
        "submitted": {"approved", "rejected", "more_needed"},
    }

    applicant = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="merchant_applications", verbose_name=_("applicant")
    )
    invite_code = models.OneToOneField(InviteCode, models.PROTECT, related_name="application")
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.DRAFT)
    kind = models.CharField(_("kind of business"), max_length=4, choices=Kind, default=Kind.SELF_EMPLOYED)
    shop_name = models.CharField(_("shop name"), max_length=30)
    business_name = models.CharField(_("name on the licence"), max_length=80, blank=True)
    licence_number = models.CharField(_("licence number"), max_length=18, blank=True)
    contact_name = crypto.EncryptedTextField(_("contact"))
    contact_phone = crypto.EncryptedTextField(_("contact's phone"))
    id_number = crypto.EncryptedTextField(_("identity card number"), blank=True, default="")
    bank_account = crypto.EncryptedTextField(_("bank account"), blank=True, default="")
    # Where it is kept, as WeChat names it (payments.banks.Account).
    bank = models.CharField(_("bank as WeChat names it"), max_length=40, blank=True)
    bank_alias = models.CharField(_("bank"), max_length=60, blank=True)
    bank_alias_code = models.CharField(max_length=20, blank=True)
    bank_address_code = models.CharField(_("city of the bank"), max_length=6, blank=True)
    bank_branch_id = models.CharField(_("number of the branch"), max_length=20, blank=True)
    bank_branch = models.CharField(_("branch"), max_length=120, blank=True)
    introduction = models.TextField(_("what you sell"), max_length=500)
    reviewer_note = models.TextField(_("reviewer's note"), max_length=500, blank=True)
    submitted_at = models.DateTimeField(_("submitted"), null=True)
    reviewed_at = models.DateTimeField(_("reviewed"), null=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("reviewed by")
    )

    class Meta:
        verbose_name = _("application")
        verbose_name_plural = _("applications")
        ordering = ["-id"]

    def __str__(self):
        return self.shop_name


class ApplicationDocument(PublicModel):
    class Kind(models.TextChoices):
        LICENCE = "licence", _("Business licence")
        ID_FRONT = "id_front", _("Identity card, front")
        ID_BACK = "id_back", _("Identity card, back")
        CATEGORY = "category", _("Category certificate")
        OTHER = "other", _("Other")

    application = models.ForeignKey(Application, models.CASCADE, related_name="documents")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    # Served only to its applicant and to ops (merchants.views.document), never from MEDIA_URL.
    image = models.ImageField(_("picture"), upload_to="applications/", storage=private_storage)

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")

    def __str__(self):
        return self.get_kind_display()


class Merchant(PublicModel):
    class Status(models.TextChoices):
        ACTIVE = "active", _("Open")
        SUSPENDED = "suspended", _("Suspended")
        CLOSED = "closed", _("Closed")

    name = models.CharField(_("name"), max_length=80)
    application = models.OneToOneField(
        Application, models.PROTECT, null=True, related_name="merchant", verbose_name=_("application")
    )
    sub_merchant = models.OneToOneField(SubMerchant, models.PROTECT, null=True, related_name="merchant")
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.ACTIVE)
    # The rate of new orders; each order line keeps the rate of its own day.
    fee_rate_bp = models.PositiveSmallIntegerField(_("fee rate (basis points)"), default=0)

    class Meta:
        verbose_name = _("merchant")
        verbose_name_plural = _("merchants")
        ordering = ["-id"]
        constraints = [
            # WeChat's default ceiling for everything that is split off an order (wechat.md, 3.2).
            models.CheckConstraint(condition=Q(fee_rate_bp__lte=3000), name="fee_at_most_30_percent")
        ]

    def __str__(self):
        return self.name

    @property
    def can_sell(self) -> bool:
        """Open, and WeChat has an account that its money can go to."""
        return (
            self.status == self.Status.ACTIVE
            and self.sub_merchant is not None
            and self.sub_merchant.status == SubMerchant.Status.ACTIVE
        )


class Role(models.TextChoices):
    OWNER = "owner", _("Owner")
    MANAGER = "manager", _("Manager")
    AGENT = "agent", _("Agent")
    FINANCE = "finance", _("Finance")


class Membership(PublicModel):
    """A person works for a merchant. Dashboard requests act through exactly one of these."""

    # What each role may do; merchants.permissions asks.
    CAPABILITIES = {
        Role.OWNER: {"answer", "chat", "catalogue", "orders", "ship", "refund", "staff", "settings", "money"},
        Role.MANAGER: {"answer", "chat", "catalogue", "orders", "ship", "refund", "staff", "settings"},
        Role.AGENT: {"answer", "chat", "orders", "ship"},
        Role.FINANCE: {"orders", "refund", "money"},
    }

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships", verbose_name=_("person")
    )
    role = models.CharField(_("role"), max_length=8, choices=Role)
    removed_at = models.DateTimeField(_("removed"), null=True, blank=True)

    class Meta:
        verbose_name = _("staff member")
        verbose_name_plural = _("staff")
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "user"], condition=Q(removed_at=None), name="one_live_membership"
            ),
            models.UniqueConstraint(
                fields=["merchant"], condition=Q(role="owner", removed_at=None), name="one_owner_per_merchant"
            ),
        ]

    def __str__(self):
        return f"{self.user} @ {self.merchant}"

    def can(self, capability: str) -> bool:
        return capability in self.CAPABILITIES[Role(self.role)]


class StaffBinding(PublicModel):
    """A one-use QR code: whoever scans it with WeChat joins the merchant and receives its messages."""

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="staff_bindings")
    role = models.CharField(max_length=8, choices=Role)
    token_digest = models.CharField(max_length=64, unique=True)
    # What the QR code says, and WeChat's ticket for it (the sandbox's phone scans by that).
    qr_url = models.CharField(max_length=500, blank=True)
    qr_ticket = models.CharField(max_length=200, blank=True)
    # Set when an existing member re-binds; otherwise the scan makes a new one.
    membership = models.ForeignKey(Membership, models.CASCADE, null=True, related_name="bindings")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self):
        return f"binding {self.pk}"
