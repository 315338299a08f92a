"""Ops' desk: each question with its whole dispatch story, and the texts that a person must look at."""

from django.contrib import admin, messages
from django.db.models import Count, Q
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action

from core.admin import ReadOnlyAdmin, status_label

from . import services, stories
from .models import Answer, Invitation, PreparedAnswer, Question, Verdict
from .need import Need, facts

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
INVITATION_TONES = {"answered": "success", "writing": "info", "seen": "info", "lapsed": "warning"}


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
class QuestionAdmin(DecidedByOps, ModelAdmin):
    list_display = ["created_at", "text", "show_status", "category", "answer_count", "asked_count", "no_answer_at"]
    list_filter = ["status", "verdict", "category"]
    search_fields = ["public_id", "text", "buyer__public_id"]
    list_select_related = ["category"]
    date_hierarchy = "created_at"
    fieldsets = [
        (None, {"fields": ["text", "image", "buyer", "status", "verdict", "category", "slip", "expires_at"]}),
        (_("Dispatch story"), {"fields": ["story"]}),
    ]
    readonly_fields = ["slip", "story"]
    show_status = status_label(QUESTION_TONES)

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("invitations")

    @admin.display(description=_("Shops asked"))
    def asked_count(self, question):
        return len(question.invitations.all())

    @admin.display(description=_("Slip"))
    def slip(self, question):
        return "；".join(f"{row['label']} {row['value']}" for row in facts(Need.from_json(question.need))) or "—"

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
    list_filter = ["status", "verdict", "category"]
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


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin, ModelAdmin):
    list_display = ["created_at", "shop", "question", "tone", "deadline_at", "seen_at", "writing_at", "finished_at"]
    list_filter = ["status"]
    search_fields = ["public_id", "shop__name", "question__public_id"]
    list_select_related = ["shop", "question"]
    # A draft is the shop's own until it is sent.
    exclude = ["draft"]
    tone = status_label(INVITATION_TONES)
