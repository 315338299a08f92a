"""How shops have done as answerers: the facts that matching scores with. Written by qa.services.standing only."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from shops.models import Category, Shop


class ShopStanding(models.Model):
    """What a shop has made of its invitations so far. A shop without a row has never been asked."""

    shop = models.OneToOneField(Shop, models.CASCADE, primary_key=True, related_name="standing", verbose_name=_("shop"))
    # Since the shop opened.
    asked = models.PositiveIntegerField(_("asked"), default=0)
    answered = models.PositiveIntegerField(_("answered"), default=0)
    adopted = models.PositiveIntegerField(_("adopted"), default=0)
    passed = models.PositiveIntegerField(_("passed on"), default=0)
    lapsed = models.PositiveIntegerField(_("missed"), default=0)
    withdrawn = models.PositiveIntegerField(_("no longer needed"), default=0)
    # Now. `day` is the local day that `asked_today` counts; `recent` halves every few hours (RECENT_HALF_LIFE).
    open_now = models.PositiveIntegerField(_("open now"), default=0)
    day = models.DateField(_("day"), null=True)
    asked_today = models.PositiveIntegerField(_("asked today"), default=0)
    recent = models.FloatField(_("asked recently"), default=0)
    last_asked_at = models.DateTimeField(_("last asked"), null=True)
    # The record that rates are made of; it fades with RECORD_HALF_LIFE, and is true at `record_at`.
    trials = models.FloatField(_("invitations that count"), default=0)
    answers = models.FloatField(_("of these answered"), default=0)
    adoptions = models.FloatField(_("of these adopted"), default=0)
    praise = models.FloatField(_("served well"), default=0)
    blame = models.FloatField(_("served badly"), default=0)
    record_at = models.DateTimeField(_("record as of"), null=True)
    # From asked to answered: a geometric mean that the last answers weigh most in. 0 is not known.
    answer_seconds = models.FloatField(_("usual seconds to an answer"), default=0)

    class Meta:
        verbose_name = _("standing of a shop")
        verbose_name_plural = _("standings of shops")

    def __str__(self):
        return str(self.shop)


class CategoryStanding(models.Model):
    """The same record for one shop's questions in one category. Here a pass counts as not answered."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="category_standings", verbose_name=_("shop"))
    category = models.ForeignKey(Category, models.CASCADE, related_name="+", verbose_name=_("category"))
    trials = models.FloatField(_("invitations that count"), default=0)
    answers = models.FloatField(_("of these answered"), default=0)
    adoptions = models.FloatField(_("of these adopted"), default=0)
    record_at = models.DateTimeField(_("record as of"))

    class Meta:
        verbose_name = _("standing in a category")
        verbose_name_plural = _("standings in categories")
        constraints = [models.UniqueConstraint(fields=["shop", "category"], name="standing_once_a_category")]

    def __str__(self):
        return f"{self.shop}: {self.category}"


class CategoryRate(models.Model):
    """How shops of a category do on the whole: what a shop without a record is believed to do. Summed up by beat."""

    # None is all categories together.
    category = models.OneToOneField(Category, models.CASCADE, null=True, related_name="+", verbose_name=_("category"))
    trials = models.FloatField(_("invitations that count"), default=0)
    answers = models.FloatField(_("of these answered"), default=0)
    adoptions = models.FloatField(_("of these adopted"), default=0)
    counted_at = models.DateTimeField(_("counted"))

    class Meta:
        verbose_name = _("rate of a category")
        verbose_name_plural = _("rates of categories")
        constraints = [models.UniqueConstraint(fields=["category"], nulls_distinct=False, name="rate_once_a_category")]

    def __str__(self):
        return str(self.category or _("all"))


class ShopPreferences(models.Model):
    """Which questions a shop wants, besides its switch and its hours. Empty means the platform's own."""

    shop = models.OneToOneField(
        Shop, models.CASCADE, primary_key=True, related_name="preferences", verbose_name=_("shop")
    )
    max_open = models.PositiveSmallIntegerField(_("questions at a time"), null=True, blank=True)
    daily_cap = models.PositiveSmallIntegerField(_("questions a day"), null=True, blank=True)
    # A question whose budget ends below the one or begins above the other is not put to it. None: no upper end.
    min_budget_fen = models.PositiveBigIntegerField(_("least budget"), default=0)
    max_budget_fen = models.PositiveBigIntegerField(_("largest budget"), null=True, blank=True)
    # Primary keys of categories, and names of cities or provinces. No area is everywhere; with `categories_only` no
    # other category is wanted. Plain lists: they are read for every candidate of every question.
    categories_out = models.JSONField(_("categories not wanted"), default=list, blank=True)
    categories_only = models.JSONField(_("only these categories"), default=list, blank=True)
    areas = models.JSONField(_("areas served"), default=list, blank=True)
    # Whether its adopted answers may be shown to everybody, where the buyer agrees.
    publishes = models.BooleanField(_("lets answers be public"), default=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("preferences of a shop")
        verbose_name_plural = _("preferences of shops")
        constraints = [
            models.CheckConstraint(condition=Q(max_open=None) | Q(max_open__gte=1), name="at_least_one_open"),
            models.CheckConstraint(condition=Q(daily_cap=None) | Q(daily_cap__gte=1), name="at_least_one_a_day"),
            models.CheckConstraint(
                condition=Q(max_budget_fen=None) | Q(max_budget_fen__gt=F("min_budget_fen")),
                name="budget_range_is_open",
            ),
        ]

    def __str__(self):
        return str(self.shop)
