"""Ops' desk for shops: the category tree, shops, products with their verdicts, imports."""

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import action, display

from core.admin import ReadOnlyAdmin, status_label
from core.dialogs import RowActions, row_action
from core.errors import DomainError

from . import services
from .models import Attribute, AttributeValue, Block, Category, PictureCheck, Product, ProductImport, Shop, Sku

PICTURE_TONES = {"waiting": "info", "review": "warning", "passed": "success", "refused": "danger"}


class AttributeInline(TabularInline):
    model = Attribute
    fields = ["name", "question", "position"]
    extra = 0
    show_change_link = True


@admin.register(Category)
class CategoryAdmin(ModelAdmin):
    # Thousands of categories: they are searched for, never listed in a select.
    list_display = ["name", "parent", "keywords", "position", "product_count"]
    list_select_related = ["parent"]
    list_filter = [("parent", AutocompleteSelectFilter)]
    list_filter_submit = True
    search_fields = ["name", "keywords", "code", "parent__name"]
    autocomplete_fields = ["parent"]
    fields = ["parent", "name", "keywords", "position"]
    inlines = [AttributeInline]

    def get_queryset(self, request):
        # Counted for the rows that are shown: grouping would count for all.
        products = Product.objects.filter(category=OuterRef("pk")).order_by().values("category").annotate(n=Count("pk"))
        return super().get_queryset(request).annotate(product_count=Coalesce(Subquery(products.values("n")), 0))

    @display(description=_("number of products"), ordering="product_count")
    def product_count(self, category):
        return category.product_count

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        # Among the words that its products are found by are its name and the values, which go with their attribute.
        if "name" in form.changed_data or any(formset.deleted_objects for formset in formsets):
            category = form.instance
            transaction.on_commit(lambda: services.refresh_category(category))


class AttributeValueInline(TabularInline):
    model = AttributeValue
    fields = ["name", "synonyms", "position"]
    extra = 1


@admin.register(Attribute)
class AttributeAdmin(ModelAdmin):
    list_display = ["name", "category", "question", "position"]
    list_select_related = ["category"]
    list_filter = [("category", AutocompleteSelectFilter)]
    list_filter_submit = True
    search_fields = ["name", "question", "category__name"]
    autocomplete_fields = ["category"]
    inlines = [AttributeValueInline]


@admin.register(Shop)
class ShopAdmin(ReadOnlyAdmin, ModelAdmin):
    list_display = ["name", "merchant", "city", "takes_questions", "is_open", "created_at"]
    list_select_related = ["merchant"]
    list_filter = ["takes_questions", "is_open", "city"]
    search_fields = ["name", "public_id", "merchant__name"]


class SkuInline(ReadOnlyAdmin, TabularInline):
    model = Sku
    fields = ["name", "code", "price_fen", "stock", "sold", "archived_at"]
    extra = 0


@admin.register(Product)
class ProductAdmin(ReadOnlyAdmin, ModelAdmin):
    list_display = ["picture", "title", "shop", "category", "state", "stock", "sold", "created_at"]
    list_display_links = ["title"]
    list_select_related = ["shop", "category"]
    list_filter = ["status", ("category", AutocompleteSelectFilter)]
    list_filter_submit = True
    search_fields = ["title", "public_id", "shop__name"]
    list_per_page = 50
    exclude = ["search", "values", "cover"]
    inlines = [SkuInline]
    actions = ["approve", "reject", "take_down"]

    state = status_label({"published": "success", "screening": "info", "rejected": "danger"})

    @display(description=_("picture"))
    def picture(self, product):
        return format_html('<img src="{}" alt="" width="40" height="40">', product.cover) if product.cover else "–"

    def has_moderate_permission(self, request):
        return request.user.has_perm("shops.change_product")

    @action(description=_("Approve: put on sale"), permissions=["moderate"])
    def approve(self, request, queryset):
        for product in queryset.filter(status=Product.Status.SCREENING):
            services.conclude_screening(product=product, passed=True, by=request.user)
        self.message_user(request, _("Approved"), messages.SUCCESS)

    @action(description=_("Reject: not allowed"), permissions=["moderate"])
    def reject(self, request, queryset):
        reason = _("Not allowed on Weixuan")
        for product in queryset.filter(status=Product.Status.SCREENING):
            services.conclude_screening(product=product, passed=False, reason=reason, by=request.user)
        self.message_user(request, _("Rejected"), messages.SUCCESS)

    @action(description=_("Take down: words must pass again"), permissions=["moderate"])
    def take_down(self, request, queryset):
        for product in queryset:
            try:
                services.take_down(product=product, reason=str(_("Taken down by Weixuan")), by=request.user)
            except DomainError as error:
                self.message_user(request, f"{product}: {error.message}", messages.WARNING)


@admin.register(PictureCheck)
class PictureCheckAdmin(ReadOnlyAdmin, ModelAdmin):
    """Pictures on their way to buyers: what WeChat thinks, and what it leaves to a person."""

    list_display = ["small", "place", "shop", "tone", "created_at", "asked_at", "decided_at"]
    list_filter = ["verdict", "place"]
    list_select_related = ["shop"]
    search_fields = ["public_id", "trace_id", "shop__name"]
    fields = ["large", "place", "shop", "verdict", "created_at", "asked_at", "trace_id", "decided_at"]
    readonly_fields = ["large"]
    actions = ["let_through", "refuse"]
    tone = status_label(PICTURE_TONES, field="verdict")

    @display(description=_("picture"))
    def small(self, check):
        return format_html('<img src="{}" alt="" width="40" height="40" loading="lazy">', check.picture.url)

    @display(description=_("picture"))
    def large(self, check):
        return format_html('<img src="{}" alt="" style="max-width: 100%; max-height: 24rem">', check.picture.url)

    @action(description=_("Let through"), permissions=["act"])
    def let_through(self, request, queryset):
        self._decide(request, queryset, PictureCheck.Verdict.PASSED)

    @action(description=_("Refuse"), permissions=["act"])
    def refuse(self, request, queryset):
        self._decide(request, queryset, PictureCheck.Verdict.REFUSED)

    def _decide(self, request, checks, verdict) -> None:
        decided = [services.conclude_picture(check=check, verdict=verdict, by=request.user) for check in checks]
        self.message_user(request, _("%(count)d decided") % {"count": sum(decided)}, messages.SUCCESS)


@admin.register(ProductImport)
class ProductImportAdmin(ReadOnlyAdmin, ModelAdmin):
    list_display = ["created_at", "shop", "tone", "done", "total", "created", "updated", "error_count"]
    list_select_related = ["shop"]
    list_filter = ["status"]
    search_fields = ["public_id", "shop__name"]
    exclude = ["file"]
    tone = status_label({"done": "success", "failed": "danger"})

    @display(description=_("errors"))
    def error_count(self, job):
        return len(job.errors)


@admin.register(Block)
class BlockAdmin(ReadOnlyAdmin, RowActions, ModelAdmin):
    """Who doesn't want to meet whom; where somebody asks ops for it, it is lifted here."""

    list_display = ["created_at", "shop", "buyer", "side"]
    list_filter = ["side"]
    search_fields = ["shop__name", "shop__public_id", "buyer__public_id"]
    list_select_related = ["shop", "buyer"]
    actions_detail = ["lift"]

    @row_action(
        _("Lift the block"),
        permission="act",
        title=_("Lift this block?"),
        explanation=_("The buyer's questions may reach the shop again. A block by the other side stays."),
        done=_("The block is lifted"),
        ends_row=True,
    )
    def lift(self, block, *, by):
        services.unblock(shop=block.shop, buyer=block.buyer, side=block.side, by=by)
