"""What a shop writes in advance, as typed in the dashboard. Rules stay in the services; here is shape and wording."""

from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, Invalid
from shops.forms import CategoryField
from shops.models import Attribute, Category, Sku

from .models import Invitation, PreparedAnswer
from .need import Need
from .services import Preparation

PRICE: dict[str, Any] = {"min_value": 0, "max_value": 1_000_000, "decimal_places": 2, "required": False}


class SnippetForm(forms.Form):
    title = forms.CharField(label=_("Name"), max_length=20, help_text=_("Found by it while writing"))
    text = forms.CharField(label=_("Words"), max_length=500, widget=forms.Textarea(attrs={"rows": 4}))


class PreparedForm(forms.Form):
    """A prepared answer. Attributes, cards and promises are lists of their own beside these fields."""

    title = forms.CharField(label=_("Name"), max_length=30, help_text=_("Only you see it"))
    category = CategoryField(label=_("What is asked for"))
    words = forms.CharField(
        label=_("Only if the question has one of these words"), max_length=140, required=False,
        help_text=_("Separated by spaces; without any, every question of the kind"),
    )  # fmt: skip
    budget_min = forms.DecimalField(label=_("Budget from (¥)"), **PRICE)
    budget_max = forms.DecimalField(label=_("Budget up to (¥)"), **PRICE)
    text = forms.CharField(label=_("Your words to the buyer"), max_length=500, widget=forms.Textarea(attrs={"rows": 5}))
    arrive_days = forms.IntegerField(
        label=_("Arrives within so many days"), min_value=0, max_value=60, required=False,
        help_text=_("Promised to the buyer as a day, counted from the question"),
    )  # fmt: skip
    valid_until = forms.DateField(
        label=_("Answers until"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def draft(self, data: QueryDict, cards: list[Sku]) -> Preparation:
        """What was typed, of a valid form."""
        given = self.cleaned_data
        return Preparation(
            title=given["title"],
            category=given["category"],
            text=given["text"],
            cards=cards,
            attributes=chosen_attributes(given["category"], data.getlist("value")),
            words=given["words"].replace("，", " ").replace("、", " ").replace(",", " ").split(),
            budget_min_fen=fen_of(given["budget_min"]),
            budget_max_fen=fen_of(given["budget_max"]),
            promises=data.getlist("promise"),
            arrive_days=given["arrive_days"],
            valid_until=given["valid_until"],
        )

    @classmethod
    def of(cls, row: PreparedAnswer) -> "PreparedForm":
        return cls(
            initial={
                "title": row.title,
                "category": row.category,
                "words": " ".join(row.words),
                "budget_min": yuan_of(row.budget_min_fen),
                "budget_max": yuan_of(row.budget_max_fen),
                "text": row.text,
                "arrive_days": row.arrive_days,
                "valid_until": row.valid_until,
            }
        )

    @classmethod
    def from_invitation(cls, invitation: Invitation) -> "PreparedForm":
        """A draft that came too late, made ready for the next who asks this."""
        need, draft = Need.from_json(invitation.question.need), invitation.draft
        return cls(
            initial={
                "title": invitation.question.text[:12],
                "category": invitation.question.category,
                "budget_min": yuan_of(need.budget_min_fen),
                "budget_max": yuan_of(need.budget_max_fen),
                "text": draft.get("text", ""),
                "arrive_days": _days_until(draft.get("arrive_by", "")),
            }
        )


def chosen_attributes(category: Category, values: list[str]) -> dict[str, str]:
    """{attribute: value} out of the posted primary keys; what is not of this category drops out."""
    pks = [int(value) for value in values if value.isdecimal() and len(value) < 12]
    rows = Attribute.objects.filter(category=category, values__in=pks).values_list("name", "values__name", "values__pk")
    return {name: value for name, value, pk in rows if pk in pks}


def show_refusal(form: forms.Form, error: DomainError) -> dict[str, list]:
    """Put what the service refused beside its fields; returns what has no field in the form."""
    fields: dict[str, list[Any]] = error.fields if isinstance(error, Invalid) else {}
    if not fields:
        form.add_error(None, str(error))
    for name, messages in fields.items():
        if name in form.fields:
            form.add_error(name, [str(message) for message in messages])
    return {name: messages for name, messages in fields.items() if name not in form.fields}


def fen_of(yuan) -> int | None:
    return None if yuan is None else int(yuan * 100)


def yuan_of(fen: int | None) -> str:
    return "" if fen is None else f"{fen / 100:.2f}".removesuffix(".00")


def _days_until(day: str) -> int | None:
    try:
        ahead = (date.fromisoformat(day) - timezone.localdate()).days
    except ValueError:
        return None
    return ahead if 0 <= ahead <= 60 else None
