from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from core import crypto
from core.models import PublicModel


class UserManager(BaseUserManager["User"]):
    def create_user(self, username=None, password=None, **fields):
        user = self.model(username=username, **fields)
        user.set_password(password)  # None makes it unusable: WeChat is the only way in.
        user.save(using=self._db)
        return user

    def create_superuser(self, username, password=None, **fields):
        return self.create_user(username, password, is_staff=True, is_superuser=True, **fields)


class User(PublicModel, AbstractBaseUser, PermissionsMixin):
    """A person: buyer, merchant's staff or ops. What they are elsewhere is a row elsewhere."""

    # Only those who sign in with a password have a name to sign in with.
    username = models.CharField(_("user name"), max_length=64, unique=True, null=True, blank=True)
    nickname = models.CharField(_("nickname"), max_length=40, blank=True)
    avatar = models.ImageField(_("picture"), upload_to="avatars/", blank=True)
    phone = crypto.EncryptedTextField(_("phone"), blank=True, default="")
    phone_index = models.CharField(max_length=64, blank=True, default="", db_index=True, editable=False)
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("ops"), default=False)
    erased_at = models.DateTimeField(_("erased"), null=True, blank=True)
    # Raised to end every web session at once.
    session_number = models.PositiveIntegerField(default=0, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: list[str] = []

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")

    def __str__(self):
        return self.nickname or self.username or _("WeChat user %(id)s") % {"id": self.public_id[-4:]}

    def _get_session_auth_hash(self, secret=None):
        key_salt = "accounts.models.User.session"
        value = f"{self.password}{self.session_number}"
        return salted_hmac(key_salt, value, secret=secret, algorithm="sha256").hexdigest()

    def get_full_name(self):
        return str(self)

    get_short_name = get_full_name

    def get_username(self):
        # Never None: ops' pages take its first letter.
        return self.username or self.public_id

    def clean(self):
        """Nothing to tidy: the base class would store what get_username says."""


class WeChatIdentity(models.Model):
    """A person as one WeChat app knows them; rows of one person are joined by unionid."""

    class Kind(models.TextChoices):
        MINI_PROGRAM = "mini_program", _("Mini-program")
        OFFICIAL_ACCOUNT = "official_account", _("Official account")

    user = models.ForeignKey(User, models.CASCADE, related_name="wechat_identities", verbose_name=_("person"))
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    appid = models.CharField(max_length=32)
    openid = models.CharField(max_length=64)
    unionid = models.CharField(max_length=64, blank=True, db_index=True)
    # Official account only: template messages reach followers alone.
    is_following = models.BooleanField(_("following"), default=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("WeChat identity")
        verbose_name_plural = _("WeChat identities")
        constraints = [
            models.UniqueConstraint(fields=["appid", "openid"], name="wechat_identity_once"),
            models.UniqueConstraint(fields=["user", "appid"], name="one_identity_per_app"),
        ]

    def __str__(self):
        return f"{self.kind} {self.pk}"  # An openid is personal: it stays out of pages and logs.


class ApiTokenQuerySet(models.QuerySet):
    def valid(self, *, at=None):
        return self.filter(revoked_at=None, expires_at__gt=at or timezone.now())


class ApiToken(models.Model):
    """A buyer's session. Only the SHA-256 of the 256-bit token is kept."""

    user = models.ForeignKey(User, models.CASCADE, related_name="api_tokens")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = ApiTokenQuerySet.as_manager()

    def __str__(self):
        return f"token {self.pk}"


class LoginTicket(models.Model):
    """One attempt to sign in to the web dashboard by scanning a QR code with the phone."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SCANNED = "scanned", _("Scanned")
        USED = "used", _("Used")

    token_digest = models.CharField(max_length=64, unique=True)
    # The browser that shows the code proves itself with this when it collects the session.
    browser_digest = models.CharField(max_length=64)
    browser = models.CharField(max_length=60, blank=True)
    status = models.CharField(max_length=8, choices=Status, default=Status.WAITING)
    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status="waiting") | Q(user__isnull=False), name="scanned_by_someone")
        ]

    def __str__(self):
        return f"login {self.pk}"


class Consent(models.Model):
    """PIPL articles 14 and 15: consent is separate per purpose and can be withdrawn."""

    class Purpose(models.TextChoices):
        TERMS = "terms", _("Terms of use")
        PRIVACY = "privacy", _("Privacy policy")
        PERSONALISATION = "personalisation", _("Personalised ranking")
        PUBLIC_ANSWERS = "public_answers", _("Publishing adopted answers without personal data")

    user = models.ForeignKey(User, models.CASCADE, related_name="consents")
    purpose = models.CharField(_("purpose"), max_length=20, choices=Purpose)
    version = models.CharField(_("version"), max_length=20)
    granted_at = models.DateTimeField(_("granted"), auto_now_add=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "purpose"], condition=Q(withdrawn_at=None), name="one_live_consent_per_purpose"
            )
        ]

    def __str__(self):
        return f"{self.purpose} {self.version}"


class Address(PublicModel):
    """Where a buyer wants things sent. The person's part is encrypted at rest."""

    user = models.ForeignKey(User, models.CASCADE, related_name="addresses")
    name = crypto.EncryptedTextField(_("name"))
    phone = crypto.EncryptedTextField(_("phone"))
    province = models.CharField(_("province"), max_length=20)
    city = models.CharField(_("city"), max_length=30)
    district = models.CharField(_("district"), max_length=30, blank=True)
    detail = crypto.EncryptedTextField(_("street and number"))
    is_default = models.BooleanField(_("default"), default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(is_default=True), name="one_default_address")
        ]

    def __str__(self):
        return self.public_id
