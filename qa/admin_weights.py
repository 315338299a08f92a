"""Ops' desk of what decides between shops: the weights of the score, tried on what has happened before they are used."""

from dataclasses import asdict
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils.safestring import mark_safe
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminTextInputWidget

from core.admin import ReadOnlyAdmin, status_label
from core.dialogs import RowActions, row_action

from .matching.choosing import weights_in_use
from .matching.replay import LEAST_EFFECTIVE, replay
from .matching.scoring import Weights
from .models import WEIGHT_BOUNDS, RoutingWeights, Stage
from .ranking import weights as shares
from .services import routing

STAGE_TONES = {"active": "success", "candidate": "info"}
REPLAY_DAYS = (7, 30)
ONE_BUTTON = {"show_save_and_add_another": False, "show_save_and_continue": False}
# Which a normal estimate leaves in 19 of 20 cases.
SURE = 1.96
MEANINGS = {
    "answers": _("How much it counts that a shop usually answers when it is asked. 0 leaves it out, 2 counts it twice."),
    "in_time": _("How much it counts that a shop usually answers before the next shops are asked."),
    "adoption": _("How much it counts that buyers choose a shop's answers."),
    "relevance": _("How much it counts that a shop's goods fit the question."),
    "service": _("How much it counts what buyers have said of a shop, and whether it kept its promises."),
    "load": _("What each question that is open at a shop takes off: who is busy is asked less."),
    "recent": _("What each recent invitation takes off, in later waves more: others get their turn."),
    "exploration": _("How far the chance of an answer is drawn by lot: shops of which little is known get tried. 0 never draws."),
}  # fmt: skip


class WeightsForm(forms.ModelForm):
    class Meta:
        model = RoutingWeights
        fields = ["note"]
        widgets = {"note": UnfoldAdminTextInputWidget}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["note"].required = True

    def clean(self):
        cleaned = super().clean()
        values = {name: cleaned[name] for name in weight_names() if cleaned.get(name) is not None}
        if not self.errors and values == asdict(weights_in_use()):
            raise forms.ValidationError(_("These are the weights in use"))
        return cleaned


def weight_names() -> list[str]:
    return list(asdict(Weights()))


@admin.register(RoutingWeights)
class RoutingWeightsAdmin(ReadOnlyAdmin, RowActions, ModelAdmin):
    """What is in use stands above the versions. Nothing is edited: a change is a new version."""

    list_display = ["__str__", "show_stage", "note", "created_by", "created_at", "activated_at"]
    list_filter = ["stage"]
    list_select_related = ["created_by"]
    list_before_template = "admin/qa/weights_in_use.html"
    actions_detail = ["use", "roll_back", "discard"]
    readonly_fields = ["compared", "tried"]
    show_stage = status_label(STAGE_TONES, field="stage")

    def has_add_permission(self, request, obj=None):
        return ModelAdmin.has_add_permission(self, request)

    def get_fieldsets(self, request, obj=None):
        if obj is None:
            saved = _(
                "Saved, it is a proposal and changes nothing. On its page it is tried on past questions and put into use."
            )
            return [(None, {"fields": [*weight_names(), "note"], "description": saved})]
        about = ["stage", "note", "created_by", "created_at", "activated_at"]
        return [
            (None, {"fields": about}),
            (_("Beside those in use"), {"fields": ["compared"]}),
            (_("Tried on what has happened"), {"fields": ["tried"]}),
        ]

    def get_readonly_fields(self, request, obj=None):
        return super().get_readonly_fields(request, obj) if obj else []

    def get_form(self, request, obj=None, change=False, **kwargs):
        """A field for each weight, within its bounds, filled with what is in use."""
        if obj is not None:
            return super().get_form(request, obj, change=change, **{**kwargs, "form": forms.ModelForm})
        now = asdict(weights_in_use())
        return type("ProposalForm", (WeightsForm,), {name: _field(name, now[name]) for name in weight_names()})

    def changelist_view(self, request, extra_context=None):
        row = RoutingWeights.objects.filter(stage=Stage.ACTIVE).first()
        more = {
            "title": _("Dispatch weights"),
            "in_use": _rows(asdict(weights_in_use())),
            "version": row,
            "ranking": _ranking_shares(),
        }
        return super().changelist_view(request, {**more, **(extra_context or {})})

    def add_view(self, request, form_url="", extra_context=None):
        return super().add_view(request, form_url, {**ONE_BUTTON, **(extra_context or {})})

    def response_add(self, request, obj, post_url_continue=None):
        """To its page: there it is tried and put into use."""
        return redirect("admin:qa_routingweights_change", obj.pk)

    def save_model(self, request, obj, form, change):
        values = {name: form.cleaned_data[name] for name in weight_names()}
        made = routing.propose_weights(values=values, note=form.cleaned_data["note"], by=request.user)
        obj.__dict__.update(made.__dict__)

    def get_urls(self):
        tried = self.admin_site.admin_view(self.tried_view)
        return [path("<int:pk>/replay/", tried, name="qa_routingweights_replay"), *super().get_urls()]

    def tried_view(self, request, pk):
        """The replay alone, which takes a moment; the page asks for it."""
        row = RoutingWeights.objects.filter(pk=pk).first()
        if not self.has_view_permission(request):
            raise PermissionDenied
        if row is None or request.GET.get("days", "7") not in map(str, REPLAY_DAYS):
            raise Http404
        days = int(request.GET.get("days", "7"))
        found = replay(Weights.of(row), days=days)
        context = {
            "found": found,
            "days": days,
            "choices": [(n, reverse("admin:qa_routingweights_replay", args=[pk]) + f"?days={n}") for n in REPLAY_DAYS],
            "answered": _between(found.answered_then, found.answered_error),
            "adopted": _between(found.adopted_then, found.adopted_error),
            "least": LEAST_EFFECTIVE,
        }
        return render(request, "admin/qa/replay.html", context)

    @row_action(
        _("Put into use"),
        permission="act",
        title=_("Put these weights into use?"),
        explanation=_("They decide from the next questions on. The ones before are kept, and you can go back to them."),
        done=_("In use from the next questions on"),
        offered=lambda weights: weights.stage != Stage.ACTIVE,
    )
    def use(self, weights, *, by):
        routing.activate_weights(weights=weights, by=by)

    @row_action(
        _("Back to the version before"),
        permission="act",
        title=_("Go back to the version before?"),
        explanation=_("Where there is none, the weights that come with the product decide."),
        done=_("The version before decides again"),
        offered=lambda weights: weights.stage == Stage.ACTIVE,
    )
    def roll_back(self, weights, *, by):
        routing.roll_back_weights(by=by)

    @row_action(
        _("Discard"),
        permission="act",
        title=_("Discard this proposal?"),
        done=_("Discarded"),
        offered=lambda weights: weights.stage == Stage.CANDIDATE,
    )
    def discard(self, weights, *, by):
        routing.discard_weights(weights=weights, by=by)

    @admin.display(description="")
    def compared(self, weights):
        rows = _rows(asdict(Weights.of(weights)), asdict(weights_in_use()))
        return mark_safe(render_to_string("admin/qa/weights_table.html", {"rows": rows, "beside": True}))  # noqa: S308

    @admin.display(description="")
    def tried(self, weights):
        url = reverse("admin:qa_routingweights_replay", args=[weights.pk])
        return mark_safe(render_to_string("admin/qa/replay_box.html", {"url": url}))  # noqa: S308 (templates escape)


def _field(name: str, value: float) -> forms.FloatField:
    lowest, highest = WEIGHT_BOUNDS[name]
    return forms.FloatField(
        label=RoutingWeights._meta.get_field(name).verbose_name,
        help_text=format_lazy("{} {} {}–{}", MEANINGS[name], _("Bounds"), lowest, highest),
        min_value=lowest,
        max_value=highest,
        initial=value,
        widget=UnfoldAdminDecimalFieldWidget(attrs={"step": "any", "inputmode": "decimal"}),
    )


def _rows(values: dict[str, float], beside: dict[str, float] | None = None) -> list[dict[str, Any]]:
    return [
        {
            "label": RoutingWeights._meta.get_field(name).verbose_name,
            "value": value,
            "before": beside[name] if beside else None,
            "moved": bool(beside) and beside[name] != value,
            "meaning": MEANINGS[name],
            "bounds": WEIGHT_BOUNDS[name],
        }
        for name, value in values.items()
    ]


def _ranking_shares() -> list[tuple[Any, float]]:
    """In which order a buyer sees answers: told here, changed in code only, since tests hold their bounds."""
    return [
        (_("The buyer's own conditions"), shares.NEED),
        (_("The shop's record"), shares.RECORD),
        (_("price"), shares.PRICE),
        (_("This buyer's taste, if the buyer wants that"), shares.TASTE),
        (_("How early it arrives"), shares.EARLY),
    ]


def _between(share: float, error: float) -> tuple[float, float]:
    return max(0.0, share - SURE * error), min(1.0, share + SURE * error)
