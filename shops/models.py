import pgtrigger
from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.files import private_storage
from core.models import PublicModel
from merchants.models import Merchant
from payments.models import SubMerchant

# The first two characters of each word of a category's name and keywords: by them an index finds those that a text
# may speak of (categories.mentioned), however many categories there are.
CATEGORY_HEADS = (
    "regexp_split_to_array(regexp_replace(lower(%(expressions)s), "
    r"'([^/、[:space:]]{1,2})[^/、[:space:]]*', '\1', 'g'), '[/、[:space:]]+')"
)


class Category(PublicModel):
    """A node of the operator's category tree."""

    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("above")
    )
    name = models.CharField(_("name"), max_length=40)
    keywords = models.CharField(
        _("keywords"),
        max_length=300,
        blank=True,
        help_text=_(
            "Separated by spaces. They bring questions and searches to this category; they don't tell its products apart."
        ),
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    # Of an imported taxonomy: under which the next import finds it.
    code = models.CharField(_("code"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["parent", "name"], nulls_distinct=False, name="category_name_once"),
            models.UniqueConstraint(fields=["code"], condition=~Q(code=""), name="category_code_once"),
        ]
        indexes = [
            GinIndex(
                # In the order in which a migration writes them, or it would not be the same.
                models.Func("name", "keywords", arg_joiner=" || ' ' || ", template=CATEGORY_HEADS),
                name="category_heads",
            )
        ]

    def __str__(self):
        return self.name


class Attribute(models.Model):
    """A property that products of a category have and that a buyer can be asked about."""

    category = models.ForeignKey(Category, models.CASCADE, related_name="attributes", verbose_name=_("category"))
    name = models.CharField(_("name"), max_length=40)
    question = models.CharField(_("question to the buyer"), max_length=60)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("attribute")
        verbose_name_plural = _("attributes")
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["category", "name"], name="attribute_name_once")]

    def __str__(self):
        return self.name


class AttributeValue(models.Model):
    attribute = models.ForeignKey(Attribute, models.CASCADE, related_name="values", verbose_name=_("attribute"))
    name = models.CharField(_("name"), max_length=60)
    synonyms = models.CharField(_("synonyms"), max_length=200, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("value")
        verbose_name_plural = _("values")
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["attribute", "name"], name="attribute_value_once")]

    def __str__(self):
        return self.name


class ShopQuerySet(models.QuerySet):
    def open(self):
        return self.filter(is_open=True, merchant__status=Merchant.Status.ACTIVE)

    def taking_questions(self):
        """Open, not resting, and able to receive money; hours, limits and goods are another matter."""
        return self.open().filter(takes_questions=True, merchant__sub_merchant__status=SubMerchant.Status.ACTIVE)


class Shop(PublicModel):
    """A merchant's face, with its persona (人设): one WeChat account, one shop, one voice."""

    merchant = models.OneToOneField(Merchant, models.CASCADE, related_name="shop", verbose_name=_("merchant"))
    name = models.CharField(_("name"), max_length=30)
    logo = models.ImageField(_("logo"), upload_to="shops/", blank=True)
    introduction = models.CharField(_("introduction"), max_length=200, blank=True)
    city = models.CharField(_("city"), max_length=30, blank=True)
    is_open = models.BooleanField(_("open"), default=True)
    # The switch "taking questions", and the hours in which we may ask (local time; equal = all day).
    takes_questions = models.BooleanField(_("takes questions"), default=True)
    # Where it rests only for a while: the sweep turns the switch back on then (services.resume_questions).
    paused_until = models.DateTimeField(_("paused until"), null=True)
    asks_from = models.TimeField(_("from"), default="09:00")
    asks_until = models.TimeField(_("until"), default="22:00")
    persona_name = models.CharField(_("persona's name"), max_length=20, blank=True)
    persona_voice = models.CharField(_("persona's voice"), max_length=200, blank=True)
    persona_avatar = models.ImageField(_("persona's picture"), upload_to="shops/", blank=True)
    # What the shop usually promises; chips in the answer form, frozen on quotes and orders.
    promises = models.JSONField(_("promises"), default=list, blank=True)

    objects = ShopQuerySet.as_manager()

    class Meta:
        verbose_name = _("shop")
        verbose_name_plural = _("shops")
        constraints = [
            models.CheckConstraint(
                condition=Q(paused_until=None) | Q(takes_questions=False), name="paused_while_resting"
            )
        ]
        indexes = [models.Index(fields=["paused_until"], condition=~Q(paused_until=None), name="shop_paused_by_end")]

    def __str__(self):
        return self.name


class BlockQuerySet(models.QuerySet):
    def of_buyer(self, user):
        """Those that this person has made; what shops have made is theirs."""
        return self.filter(buyer=user, side=Block.Side.BUYER)


class Block(models.Model):
    """A shop and a buyer who shall not meet: no questions, no chat, and the buyer is not shown its goods."""

    class Side(models.TextChoices):
        BUYER = "buyer", _("The buyer")
        SHOP = "shop", _("The shop")

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="blocks", verbose_name=_("shop"))
    buyer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="shop_blocks", verbose_name=_("buyer")
    )
    side = models.CharField(_("blocked by"), max_length=5, choices=Side)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = BlockQuerySet.as_manager()

    class Meta:
        verbose_name = _("block")
        verbose_name_plural = _("blocks")
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["shop", "buyer", "side"], name="blocked_once_by_each_side")]

    def __str__(self):
        return f"{self.shop} / {self.buyer}"


class ProductQuerySet(models.QuerySet):
    def published(self):
        """What a buyer may see."""
        return self.filter(
            status=Product.Status.PUBLISHED, shop__is_open=True, shop__merchant__status=Merchant.Status.ACTIVE
        )

    def of_shop(self, shop):
        return self.filter(shop=shop)


class Product(PublicModel):
    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SCREENING = "screening", _("Being checked")
        PUBLISHED = "published", _("On sale")
        REJECTED = "rejected", _("Not allowed")
        WITHDRAWN = "withdrawn", _("Taken down")

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="products", verbose_name=_("shop"))
    category = models.ForeignKey(
        Category, models.PROTECT, null=True, blank=True, related_name="products", verbose_name=_("category")
    )
    title = models.CharField(_("title"), max_length=60)
    description = models.TextField(_("description"), max_length=2000, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    # SHA-256 of the text that last passed the content check; what has passed is not checked again.
    passed_digest = models.CharField(max_length=64, blank=True, editable=False)
    values = models.ManyToManyField(AttributeValue, related_name="products", blank=True)
    # Kept by services.refresh_product from the SKUs, the first picture and the text, so that a list
    # of products is one query.
    price_from_fen = models.PositiveBigIntegerField(_("price from"), default=0)
    stock = models.PositiveIntegerField(_("stock"), default=0)
    sold = models.PositiveIntegerField(_("sold"), default=0)
    cover = models.CharField(max_length=200, blank=True)
    search = SearchVectorField(null=True)
    # The transaction that last changed what searches find it by; the database notes it (search.indexing).
    changed_in = models.BigIntegerField(null=True, editable=False)

    objects = ProductQuerySet.as_manager()

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ["-id"]
        indexes = [
            GinIndex(fields=["search"], name="product_search"),
            models.Index(fields=["shop", "-id"], condition=Q(status="published"), name="product_on_sale_by_shop"),
            models.Index(fields=["category", "-id"], condition=Q(status="published"), name="product_on_sale_by_cat"),
            models.Index(fields=["changed_in"], name="product_by_change"),
        ]
        triggers = [
            # Not in the services: what is written past them must be found as well.
            pgtrigger.Trigger(
                name="changed_in",
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("search", "status", "category_id"),
                when=pgtrigger.Before,
                func="""
                    IF TG_OP = 'INSERT' OR (NEW.search, NEW.status, NEW.category_id)
                            IS DISTINCT FROM (OLD.search, OLD.status, OLD.category_id) THEN
                        NEW.changed_in := pg_current_xact_id()::text::bigint;
                    ELSE
                        NEW.changed_in := OLD.changed_in;
                    END IF;
                    RETURN NEW;
                """,
            )
        ]

    def __str__(self):
        return self.title


class SearchTerm(models.Model):
    """In how many products a search token stands; search.frequencies counts."""

    token = models.CharField(primary_key=True)
    documents = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("search word")
        verbose_name_plural = _("search words")

    def __str__(self):
        return self.token


class ProductVector(models.Model):
    """What the optional reranker of searches knows of a product; search.reranking makes and reads it."""

    product = models.OneToOneField(Product, models.CASCADE, primary_key=True, related_name="vector")
    # The title that the vector was made from: another title needs another vector.
    title = models.CharField(max_length=60)
    vector = models.BinaryField()

    class Meta:
        verbose_name = _("product vector")
        verbose_name_plural = _("product vectors")

    def __str__(self):
        return self.title


class ProductImage(PublicModel):
    product = models.ForeignKey(Product, models.CASCADE, related_name="images")
    image = models.ImageField(_("picture"), upload_to="products/", width_field="width", height_field="height")
    thumbnail = models.ImageField(upload_to="products/")
    width = models.PositiveSmallIntegerField(default=0)
    height = models.PositiveSmallIntegerField(default=0)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    # Buyers see it: it has passed the content check (services.pictures).
    shown = models.BooleanField(_("shown"), default=False)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self):
        return self.public_id


class PictureCheck(PublicModel):
    """A picture on its way to buyers: waiting -> passed | refused | review (a person decides) | replaced."""

    class Place(models.TextChoices):
        PRODUCT = "product", _("Product")
        # These two are named as the shop's field.
        LOGO = "logo", _("Logo")
        AVATAR = "persona_avatar", _("Persona's picture")

    class Verdict(models.TextChoices):
        WAITING = "waiting", _("Being checked")
        PASSED = "passed", _("Passed")
        REVIEW = "review", _("A person must look")
        REFUSED = "refused", _("Not allowed")
        REPLACED = "replaced", _("Replaced by another")

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="picture_checks", verbose_name=_("shop"))
    place = models.CharField(_("place"), max_length=14, choices=Place)
    # Of a product: the same file as the image's. Else the file that the shop's field will name once it has passed.
    picture = models.ImageField(_("picture"), upload_to="shops/")
    image = models.OneToOneField(ProductImage, models.CASCADE, null=True, related_name="check_row")
    verdict = models.CharField(_("content check"), max_length=8, choices=Verdict, default=Verdict.WAITING)
    # Under which WeChat tells its verdict, and when it was last asked.
    trace_id = models.CharField(_("WeChat's number"), max_length=64, blank=True, db_index=True)
    asked_at = models.DateTimeField(_("sent to the check"), null=True)
    decided_at = models.DateTimeField(_("decided"), null=True)

    class Meta:
        verbose_name = _("picture check")
        verbose_name_plural = _("picture checks")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(place="product", image__isnull=False) | (~Q(place="product") & Q(image__isnull=True)),
                name="only_products_pictures_name_an_image",
            ),
            models.UniqueConstraint(
                fields=["shop", "place"],
                condition=Q(verdict__in=["waiting", "review"], image__isnull=True),
                name="one_face_waits_at_a_time",
            ),
        ]

    def __str__(self):
        return f"{self.get_place_display()} {self.public_id}"


class Sku(PublicModel):
    """What is really sold and counted."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="skus")
    # The product's shop, so that the database itself keeps a merchant's codes apart.
    shop = models.ForeignKey(Shop, models.CASCADE, related_name="skus")
    name = models.CharField(_("variant"), max_length=40, blank=True)
    code = models.CharField(_("merchant's code"), max_length=40, blank=True)
    price_fen = models.PositiveBigIntegerField(_("price"))
    stock = models.IntegerField(_("stock"), default=0)
    sold = models.PositiveIntegerField(_("sold"), default=0)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True)

    class Meta:
        verbose_name = _("variant")
        verbose_name_plural = _("variants")
        ordering = ["position", "id"]
        constraints = [
            # The last net under services.take_stock: stock can never be oversold.
            models.CheckConstraint(condition=Q(stock__gte=0), name="stock_not_negative"),
            models.CheckConstraint(condition=Q(price_fen__gte=1), name="price_at_least_one_fen"),
            models.UniqueConstraint(fields=["product", "name"], condition=Q(archived_at=None), name="sku_name_once"),
            models.UniqueConstraint(
                fields=["shop", "code"], condition=Q(archived_at=None) & ~Q(code=""), name="sku_code_once_per_shop"
            ),
        ]

    def __str__(self):
        return self.name or str(self.product)


class ProductImport(PublicModel):
    """An uploaded CSV or XLSX of products, with what became of each row."""

    class Status(models.TextChoices):
        PENDING = "pending", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Not readable")

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="imports", verbose_name=_("shop"))
    file = models.FileField(upload_to="imports/", storage=private_storage)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.PENDING)
    total = models.PositiveIntegerField(_("rows"), default=0)
    # Rows dealt with: where a run that was cut short goes on.
    done = models.PositiveIntegerField(_("rows done"), default=0)
    created = models.PositiveIntegerField(_("created"), default=0)
    updated = models.PositiveIntegerField(_("updated"), default=0)
    # [{"row": 3, "column": "price", "code": "not_money", "value": "12.345"}]; imports.messages words them.
    errors = models.JSONField(_("errors"), default=list)
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        verbose_name = _("product import")
        verbose_name_plural = _("product imports")
        ordering = ["-id"]

    def __str__(self):
        return self.public_id
