"""接问题: a shop's preferences as typed in the dashboard, and its pause. Rules stay in the services."""

from datetime import datetime, time, timedelta
from typing import cast

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shops.models import Category, Shop

from .forms import PRICE, fen_of, yuan_of
from .wanted import Wanted, next_morning

CLOCK = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
ALL, ONLY = "all", "only"


class WantedForm(forms.Form):
    scope = forms.ChoiceField(
        label="", widget=forms.RadioSelect,
        choices=[(ALL, _("Everything I sell, but not what is ticked")), (ONLY, _("Only what is ticked"))],
    )  # fmt: skip
    categories = forms.ModelMultipleChoiceField(
        label=_("Kinds"), queryset=Category.objects.none(), required=False, to_field_name="public_id"
    )
    min_budget = forms.DecimalField(label=_("Least budget (¥)"), help_text=_("Empty: any"), **PRICE)
    max_budget = forms.DecimalField(label=_("Largest budget (¥)"), help_text=_("Empty: any"), **PRICE)
    areas = forms.CharField(
        label=_("Only buyers in"), max_length=400, required=False,
        help_text=_("Cities or provinces, separated by spaces; empty is everywhere"),
    )  # fmt: skip
    quiet = forms.BooleanField(label=_("Don't disturb me at certain hours"), required=False)
    quiet_from = forms.TimeField(label=_("From"), widget=CLOCK, required=False)
    quiet_until = forms.TimeField(label=_("Until"), widget=CLOCK, required=False)
    max_open = forms.IntegerField(label=_("Waiting for my answer at a time"), required=False, min_value=1)
    daily_cap = forms.IntegerField(label=_("Questions a day"), required=False, min_value=1)

    def __init__(self, *args, categories: list[Category], **kwargs):
        super().__init__(*args, **kwargs)
        self.offered = categories
        offered = cast("forms.ModelMultipleChoiceField", self.fields["categories"])
        offered.queryset = Category.objects.filter(pk__in=[row.pk for row in categories])
        for name, limit in (("max_open", settings.QA_SHOP_MAX_OPEN), ("daily_cap", settings.QA_SHOP_DAILY_CAP)):
            field = self.fields[name]
            field.widget.attrs |= {"placeholder": limit, "max": limit, "inputmode": "numeric"}
            field.help_text = _("1 to %(n)s; empty is %(n)s, which the platform allows") % {"n": limit}

    @classmethod
    def of(cls, wanted: Wanted, categories: list[Category]) -> "WantedForm":
        chosen = wanted.categories_only or wanted.categories_out
        quiet = wanted.quiet_from != wanted.quiet_until
        initial = {
            "scope": ONLY if wanted.categories_only else ALL,
            "categories": [row.public_id for row in categories if row.pk in chosen],
            "min_budget": yuan_of(wanted.min_budget_fen or None),
            "max_budget": yuan_of(wanted.max_budget_fen),
            "areas": " ".join(wanted.areas),
            "quiet": quiet,
            "quiet_from": wanted.quiet_from if quiet else time(22),
            "quiet_until": wanted.quiet_until if quiet else time(8),
            "max_open": wanted.max_open,
            "daily_cap": wanted.daily_cap,
        }
        return cls(initial=initial, categories=categories)

    def clean(self):
        given = super().clean()
        if given.get("quiet"):
            for name in ("quiet_from", "quiet_until"):
                if name not in self.errors and given.get(name) is None:
                    self.add_error(name, self.fields[name].error_messages["required"])
            if given.get("quiet_from") is not None and given.get("quiet_from") == given.get("quiet_until"):
                self.add_error("quiet_until", _("Choose another time than the beginning"))
        if given.get("scope") == ONLY and "categories" not in self.errors and not given.get("categories"):
            self.add_error("categories", _("Tick at least one"))
        return given

    @property
    def choices(self) -> list[tuple[Category, bool]]:
        """(category, ticked)"""
        ticked = set(self["categories"].value() or [])
        return [(row, row.public_id in ticked) for row in self.offered]

    def wanted(self) -> Wanted:
        """What was typed, of a valid form."""
        given = self.cleaned_data
        chosen = [row.pk for row in given["categories"]]
        quiet = given["quiet"]
        return Wanted(
            categories_out=chosen if given["scope"] == ALL else [],
            categories_only=chosen if given["scope"] == ONLY else [],
            min_budget_fen=fen_of(given["min_budget"]) or 0,
            max_budget_fen=fen_of(given["max_budget"]),
            areas=given["areas"].replace("，", " ").replace("、", " ").replace(",", " ").split(),
            quiet_from=given["quiet_from"] if quiet else time(0),
            quiet_until=given["quiet_until"] if quiet else time(0),
            max_open=given["max_open"],
            daily_cap=given["daily_cap"],
        )


# What the service names, and where it stands in the form.
FIELDS = {"min_budget_fen": "min_budget", "max_budget_fen": "max_budget"}


class PauseForm(forms.Form):
    """How long the shop rests: an hour, for tonight, until a day begins, or until somebody switches it on."""

    HOUR, TONIGHT, DAY, OPEN = "hour", "tonight", "day", "open"
    until = forms.ChoiceField(
        choices=[
            (HOUR, _("For an hour")),
            (TONIGHT, _("For tonight")),
            (DAY, _("Until a day")),
            (OPEN, _("Until I say")),
        ]
    )
    day = forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    def clean(self):
        given = super().clean()
        if given.get("until") == self.DAY and "day" not in self.errors and not given.get("day"):
            self.add_error("day", _("Choose the day first"))
        return given

    def moment(self, shop: Shop) -> datetime | None:
        """When questions come again (UTC); None where nobody has said. Of a valid form."""
        now, given = timezone.now(), self.cleaned_data
        if given["until"] == self.HOUR:
            return now + timedelta(hours=1)
        if given["until"] == self.TONIGHT:
            return next_morning(shop, now)
        if given["until"] == self.DAY:
            return timezone.make_aware(datetime.combine(given["day"], time(0)))
        return None
