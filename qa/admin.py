"""Ops' desk: each question with its whole dispatch story, and the texts that a person must look at."""

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, Q
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import action
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextareaWidget

from core.admin import ReadOnlyAdmin, status_label
from core.dialogs import ReasonForm, RowActions, row_action
from shops.models import Shop

from . import admin_learning, admin_weights, services, stories
from .admin_board import BoardPages, WhereFilter
from .models import Answer, Invitation, PreparedAnswer, PublicAnswer, Question, Verdict
from .need import SAID, Need, facts, origin_text

# unfold's label colours; a status without one stays grey.
QUESTION_TONES = {
    "answered": "success",
    "adopted": "success",
    "rejected": "danger",
    "expired": "warning",
    "draft": "info",
    "dispatched": "info",
}
ANSWER_TONES = {"visible": "success", "adopted": "success", "rejected": "danger", "screening": "info"}
PREPARED_TONES = {"on": "success", "rejected": "danger", "stopped": "danger", "screening": "info"}
PUBLIC_TONES = {"public": "success", "checking": "info", "refused": "danger", "taken_down": "danger"}
INVITATION_TONES = {"answered": "success", "writing": "info", "seen": "info", "lapsed": "warning"}


class WordsForm(BaseDialogForm):
    words = forms.CharField(
        label=_("To the buyer"), max_length=200, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3})
    )


class ShopsForm(BaseDialogForm):
    """Shops by name: 100,000 stand in no list."""

    shops = forms.CharField(
        label=_("Names of shops, one a line"), max_length=800, widget=UnfoldAdminTextareaWidget(attrs={"rows": 4})
    )

    def clean_shops(self):
        names = {name.strip() for name in self.cleaned_data["shops"].splitlines() if name.strip()}
        found = list(Shop.objects.filter(name__in=names, is_open=True))
        if missing := names - {shop.name for shop in found}:
            raise forms.ValidationError(
                _("No open shop of this name: %(names)s") % {"names": "、".join(sorted(missing))}
            )
        return found


class DecidedByOps(ReadOnlyAdmin):
    """What the content check has left to a person, decided here."""

    actions = ["let_through", "refuse"]

    def decide(self, request, queryset, verdict: str) -> None:
        for row in queryset:
            self.conclude(row, verdict, request.user)
        messages.success(request, _("%(count)d decided") % {"count": len(queryset)})

    @action(description=_("Let through"), permissions=["act"])
    def let_through(self, request, queryset):
        self.decide(request, queryset, Verdict.PASSED)

    @action(description=_("Refuse"), permissions=["act"])
    def refuse(self, request, queryset):
        self.decide(request, queryset, Verdict.RISKY)


@admin.register(Question)
class QuestionAdmin(BoardPages, DecidedByOps, RowActions, ModelAdmin):
    list_display = ["created_at", "text", "show_status", "category", "answer_count", "asked_count", "no_answer_at"]
    list_filter = [WhereFilter, "status", "verdict", ("category", AutocompleteSelectFilter)]
    list_filter_submit = True
    search_fields = ["public_id", "text", "buyer__public_id"]
    list_select_related = ["category"]
    date_hierarchy = "created_at"
    fieldsets = [
        (None, {"fields": ["text", "image", "buyer", "status", "verdict", "category", "slip", "expires_at"]}),
        (_("Dispatch story"), {"fields": ["story"]}),
    ]
    readonly_fields = ["slip", "story"]
    actions_detail = ["hand_over", "ask_again", "write", "end"]
    show_status = status_label(QUESTION_TONES)

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("invitations")

    @row_action(
        _("Hand to shops"),
        permission="act",
        explanation=_(
            "They are asked beyond the waves, and told at once. Shops that were asked before are passed over."
        ),
        form=ShopsForm,
        done=_("The shops have been asked"),
        offered=lambda question: question.is_live,
    )
    def hand_over(self, question, *, by, shops):
        services.hand_to(question=question, shops=shops, by=by)

    @row_action(
        _("Ask again"),
        permission="act",
        title=_("Ask further shops now?"),
        explanation=_("The next wave opens at once, with the categories beside its own."),
        done=_("Further shops are being asked"),
        offered=lambda question: question.is_live and question.pooled_at is not None,
    )
    def ask_again(self, question, *, by):
        services.ask_again(question=question, by=by)

    @row_action(
        _("Write to the buyer"),
        permission="act",
        explanation=_("It stands on the question's page, beside products that fit, and in the buyer's inbox."),
        form=WordsForm,
        done=_("The buyer has been told"),
        offered=lambda question: question.dispatched_at is not None,
    )
    def write(self, question, *, by, words):
        services.write_to_buyer(question=question, words=words, by=by)

    @row_action(
        _("End the question"),
        permission="act",
        title=_("End this question?"),
        explanation=_("Nobody can answer it any more. The buyer reads why."),
        form=WordsForm,
        done=_("Ended"),
        offered=lambda question: question.is_live,
    )
    def end(self, question, *, by, words):
        services.close_question(question=question, by=by, words=words)

    @admin.display(description=_("Shops asked"))
    def asked_count(self, question):
        return len(question.invitations.all())

    @admin.display(description=_("Slip"))
    def slip(self, question):
        need = Need.from_json(question.need)
        rows = facts(need)
        if question.category:
            origin = need.origins.get("category", SAID)
            rows.insert(0, {"label": str(_("Category")), "value": question.category.name, "origin": origin})
        told = [f"{row['label']} {row['value']} ({origin_text(row['origin'])})" for row in rows]
        return "；".join(told) or "—"

    @admin.display(description="")
    def story(self, question):
        context = {"timeline": stories.timeline(question), "waves": stories.waves(question)}
        return mark_safe(render_to_string("admin/qa/question/story.html", context))  # noqa: S308 (the template escapes)

    def conclude(self, question, verdict, by):
        services.conclude_check(question=question, verdict=verdict, by=by)


@admin.register(Answer)
class AnswerAdmin(DecidedByOps, ModelAdmin):
    list_display = ["created_at", "shop", "text", "show_automatic", "tone", "verdict", "score", "question"]
    list_filter = ["status", "verdict", ("prepared", admin.EmptyFieldListFilter)]
    search_fields = ["public_id", "text", "shop__name"]
    list_select_related = ["shop", "question"]
    exclude = ["conversation"]
    tone = status_label(ANSWER_TONES)

    @admin.display(description=_("Automatic answer"), boolean=True)
    def show_automatic(self, answer):
        return answer.is_automatic

    def conclude(self, answer, verdict, by):
        services.conclude_answer(answer=answer, verdict=verdict, by=by)


@admin.register(PreparedAnswer)
class PreparedAnswerAdmin(DecidedByOps, ModelAdmin):
    """What shops let answer by itself: how often it did, and the brake."""

    list_display = ["title", "shop", "category", "show_status", "verdict", "used", "chosen", "last_used_at"]
    show_status = status_label(PREPARED_TONES)
    list_filter = ["status", "verdict", ("category", AutocompleteSelectFilter)]
    list_filter_submit = True
    search_fields = ["public_id", "title", "text", "shop__name"]
    list_select_related = ["shop", "category"]
    actions = [*DecidedByOps.actions, "stop", "release"]

    def get_queryset(self, request):
        chosen = Q(answers__status=Answer.Status.ADOPTED)
        counts = {"used_count": Count("answers"), "chosen_count": Count("answers", filter=chosen)}
        return super().get_queryset(request).annotate(**counts)

    @admin.display(description=_("How often sent"), ordering="used_count")
    def used(self, row):
        return row.used_count

    @admin.display(description=_("How often chosen"), ordering="chosen_count")
    def chosen(self, row):
        return row.chosen_count

    def conclude(self, row, verdict, by):
        services.conclude_prepared(prepared=row, verdict=verdict, by=by)

    @action(description=_("Stop: answers nothing until released"), permissions=["act"])
    def stop(self, request, queryset):
        for row in queryset:
            services.stop_prepared(prepared=row, by=request.user)
        messages.success(request, _("%(count)d stopped") % {"count": len(queryset)})

    @action(description=_("Release to the shop"), permissions=["act"])
    def release(self, request, queryset):
        for row in queryset:
            services.release_prepared(prepared=row, by=request.user)
        messages.success(request, _("%(count)d released") % {"count": len(queryset)})


@admin.register(PublicAnswer)
class PublicAnswerAdmin(DecidedByOps, RowActions, ModelAdmin):
    """What everybody may read: the check's doubts, and the way to take one down."""

    list_display = ["created_at", "question", "shop", "category", "show_status", "verdict", "helped", "not_helped"]
    list_filter = ["status", "verdict", ("category", AutocompleteSelectFilter)]
    list_filter_submit = True
    search_fields = ["public_id", "question", "text", "shop__name"]
    list_select_related = ["shop", "category"]
    exclude = ["search"]
    actions_detail = ["take_down"]
    show_status = status_label(PUBLIC_TONES)

    def get_queryset(self, request):
        # What a buyer has not agreed to is the buyer's alone.
        return super().get_queryset(request).exclude(consented_at=None)

    def conclude(self, row, verdict, by):
        services.conclude_public(public=row, verdict=verdict, by=by)

    @row_action(
        _("Take down"),
        permission="act",
        explanation=_("It is gone at once and for good. The buyer and the shop read why."),
        form=ReasonForm,
        done=_("Taken down"),
        offered=lambda row: row.status in ("checking", "public"),
    )
    def take_down(self, row, *, by, reason):
        services.take_down(public=row, by=by, reason=reason)


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin, ModelAdmin):
    list_display = ["created_at", "shop", "question", "tone", "deadline_at", "seen_at", "writing_at", "finished_at"]
    list_filter = ["status"]
    search_fields = ["public_id", "shop__name", "question__public_id"]
    list_select_related = ["shop", "question"]
    # A draft is the shop's own until it is sent.
    exclude = ["draft"]
    tone = status_label(INVITATION_TONES)


# What the matching has learned, and what decides, have their own desks.
__all__ = ["admin_learning", "admin_weights"]
