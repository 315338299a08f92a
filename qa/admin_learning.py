"""Ops' view of what the matching learns: how shops do and why that is believed, what they want, and the models."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from core.admin import ReadOnlyAdmin, status_label
from core.dialogs import RowActions, row_action
from core.templatetags.wx import duration, percent
from shops.models import Category

from .admin_weights import STAGE_TONES
from .matching.rates import PRIOR_ADOPTIONS, PRIOR_ANSWERS, PRIOR_WEIGHT, smoothed
from .models import CategoryRate, RoutingModel, ShopPreferences, ShopStanding, Stage
from .selectors.standing import rate_story, service_of
from .services import routing

LINK_NAMES = {"prior": _("Believed of anybody"), "whole": _("All shops"), "shop": _("This shop")}


@admin.register(ShopStanding)
class ShopStandingAdmin(ReadOnlyAdmin, ModelAdmin):
    list_display = ["shop", "asked", "answered", "adopted", "lapsed", "passed", "open_now", "usual", "last_asked_at"]
    search_fields = ["shop__name", "shop__public_id"]
    list_select_related = ["shop"]
    ordering = ["-asked"]
    fieldsets = [
        (None, {"fields": ["shop", "open_now", "asked_today", "lately", "last_asked_at", "usual"]}),
        (_("Why it is believed to answer"), {"fields": ["why"]}),
        (_("Since it opened"), {"fields": ["asked", "answered", "adopted", "passed", "lapsed", "withdrawn"]}),
        (_("What buyers made of it"), {"fields": ["well", "badly", "service"]}),
    ]
    readonly_fields = ["usual", "why", "lately", "well", "badly", "service"]

    @admin.display(description=_("asked recently"))
    def lately(self, row):
        return f"{row.recent:.1f}"

    @admin.display(description=_("served well"))
    def well(self, row):
        return f"{row.praise:.1f}"

    @admin.display(description=_("served badly"))
    def badly(self, row):
        return f"{row.blame:.1f}"

    @admin.display(description=_("usual time to an answer"), ordering="answer_seconds")
    def usual(self, row):
        return duration(row.answer_seconds) if row.answer_seconds else "—"

    @admin.display(description="")
    def why(self, row):
        links = [(LINK_NAMES.get(link.name, link.name), link) for link in rate_story(row)]
        return mark_safe(render_to_string("admin/qa/standing.html", {"links": links}))  # noqa: S308 (it escapes)

    @admin.display(description=_("service"))
    def service(self, row):
        return percent(service_of(row))


@admin.register(CategoryRate)
class CategoryRateAdmin(ReadOnlyAdmin, ModelAdmin):
    """What a shop without a record is believed to do, by category."""

    list_display = ["__str__", "counted", "answer_rate", "adoption_rate", "counted_at"]
    list_select_related = ["category"]
    ordering = ["-trials"]
    fields = ["category", "trials", "answers", "adoptions", "answer_rate", "adoption_rate", "counted_at"]
    readonly_fields = ["answer_rate", "adoption_rate"]

    @admin.display(description=_("invitations that count"), ordering="trials")
    def counted(self, row):
        return f"{row.trials:.1f}"

    @admin.display(description=_("rate of answering"))
    def answer_rate(self, row):
        return percent(smoothed(row.answers, row.trials, PRIOR_ANSWERS, PRIOR_WEIGHT))

    @admin.display(description=_("chance of adoption"))
    def adoption_rate(self, row):
        return percent(smoothed(row.adoptions, max(row.answers, row.adoptions), PRIOR_ADOPTIONS, PRIOR_WEIGHT))


@admin.register(ShopPreferences)
class ShopPreferencesAdmin(ReadOnlyAdmin, ModelAdmin):
    """What shops have said about questions that they want; they change it themselves."""

    list_display = ["shop", "max_open", "daily_cap", "where", "publishes", "updated_at"]
    search_fields = ["shop__name", "shop__public_id"]
    list_select_related = ["shop"]
    exclude = ["categories_out", "categories_only", "areas"]
    readonly_fields = ["not_wanted", "only_wanted", "where"]

    @admin.display(description=_("categories not wanted"))
    def not_wanted(self, row):
        return _names_of(row.categories_out)

    @admin.display(description=_("only these categories"))
    def only_wanted(self, row):
        return _names_of(row.categories_only)

    @admin.display(description=_("areas served"))
    def where(self, row):
        return "、".join(row.areas) or _("Everywhere")


def _names_of(category_ids: list[int]) -> str:
    return "、".join(Category.objects.filter(pk__in=category_ids).values_list("name", flat=True)) or "—"


@admin.register(RoutingModel)
class RoutingModelAdmin(ReadOnlyAdmin, RowActions, ModelAdmin):
    """Trained each night where there is enough to learn from; used only where it is better than the rates."""

    list_display = [
        "version",
        "show_stage",
        "trained_at",
        "rows",
        "held_back_rows",
        "auc",
        "beside_rates",
        "activated_at",
    ]
    list_filter = ["stage"]
    list_before_template = "admin/qa/models_in_use.html"
    exclude = ["metrics"]
    readonly_fields = ["measured"]
    actions_detail = ["use", "roll_back"]
    show_stage = status_label(STAGE_TONES, field="stage")

    def get_queryset(self, request):
        return super().get_queryset(request).defer("payload")

    def changelist_view(self, request, extra_context=None):
        needed, there = settings.QA_ROUTING_ROWS, routing.outcomes_so_far()
        more = {
            "in_use": RoutingModel.objects.filter(stage=Stage.ACTIVE).defer("payload").first(),
            "needed": needed,
            "outcomes": there,
            "lacking": needed - there,
            "days": settings.QA_ROUTING_DAYS,
            "held_back": settings.QA_ROUTING_HELD_BACK_DAYS,
        }
        return super().changelist_view(request, {**more, **(extra_context or {})})

    @row_action(
        _("Put into use"),
        permission="act",
        title=_("Let this model decide?"),
        explanation=_("The chance of an answer comes from it from the next questions on, in every process within half a minute."),
        done=_("The model decides from the next questions on"),
        offered=lambda row: row.stage != Stage.ACTIVE and routing.is_better(row),
    )  # fmt: skip
    def use(self, row, *, by):
        routing.activate_model(candidate=row, by=by)

    @row_action(
        _("Back to the version before"),
        permission="act",
        title=_("Go back to the version before?"),
        explanation=_("Where there is none, the smoothed rates decide."),
        done=_("The version before decides again"),
        offered=lambda row: row.stage == Stage.ACTIVE,
    )
    def roll_back(self, row, *, by):
        routing.roll_back_model(by=by)

    @admin.display(description=_("AUC"))
    def auc(self, row):
        return _metric(row, "model", "auc")

    @admin.display(description=_("AUC of the rates"))
    def beside_rates(self, row):
        return _metric(row, "rates", "auc")

    @admin.display(description=_("On the days held back"))
    def measured(self, row):
        names = {
            "auc": _("AUC: the share of pairs in the right order"),
            "log_loss": _("Log loss: smaller is surer of what came true"),
            "calibration": _("Calibration: how far chances were off"),
        }
        rows = [(label, _metric(row, "model", name), _metric(row, "rates", name)) for name, label in names.items()]
        context = {"rows": rows, "days": row.metrics.get("days", []), "is_better": routing.is_better(row)}
        return mark_safe(render_to_string("admin/qa/model.html", context))  # noqa: S308 (it escapes)


def _metric(row: RoutingModel, of: str, name: str) -> Any:
    return row.metrics.get(of, {}).get(name, "—")
