"""The city: shops with habits that the platform does not know, and what buyers will want when."""

import math
import random
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from merchants.models import Merchant, Role
from merchants.services import add_member
from payments.models import SubMerchant
from shops.models import Category, Product, Shop
from shops.search.frequencies import count as count_words
from shops.services import SkuDraft, conclude_screening, create_product, create_shop

from .goods import TRADES, Trade

# Shares of a day's questions by hour, from 0 to 23: few at night, most after supper.
BY_HOUR = (1, 1, 0, 0, 0, 0, 1, 2, 4, 6, 7, 7, 8, 7, 6, 6, 6, 6, 7, 9, 11, 10, 7, 3)
# When shops answer: by day, from noon, in the evening too, around the clock.
HOURS = ((8, 18), (9, 22), (9, 22), (12, 24), (10, 21), (0, 24))
STOCK = 10_000
# Products of the shop in the middle, and of the largest.
PRODUCTS, MOST_PRODUCTS = 4, 60
# Share of buyers who say what kind of person or occasion it is for.
SAYS_STYLE = 0.5


@dataclass(frozen=True)
class CitySize:
    """How large the city is and how long it is watched.

    Attributes:
        shops: of these `late_share` open only while it runs.
        trades: among which they are shared out; with few, many shops have what is asked for.
        questions: a day, on the whole.
        warm_up_days: not measured; the platform gets to know the shops.
        days: measured. In one day of 60 questions a shop is asked twice or three times: a Gini of such counts tells of
            chance more than of the policy, and a median's standard error is a sixth of it.
        spread: how far apart shops are in how much they sell (standard deviation of the logarithm); 0: all alike.
    """

    shops: int = 360
    trades: int = 3
    questions: int = 60
    warm_up_days: int = 2
    days: int = 3
    spread: float = 0.8
    late_share: float = 0.15
    seed: int = 1


@dataclass
class Habits:
    """What is true of a shop.

    Attributes:
        attention: the chance that an invitation is looked at in time while there are few.
        minutes: the usual time to an answer.
        skill: 0 to 1, how good its answers are to those who get them.
        bears: invitations in three hours after which its attention is down to a third.
    """

    shop: Shop
    owner: User
    trade: Trade
    attention: float
    minutes: float
    skill: float
    bears: float
    works: tuple[int, int]
    opens_on_day: int
    asked: list[datetime] = field(default_factory=list)

    def awake(self, at: datetime) -> bool:
        start, end = self.works
        return start <= timezone.localtime(at).hour < end

    def attends(self, at: datetime, chance: random.Random) -> bool:
        """Whether one more invitation at this moment is looked at; each one wears the shop out a little."""
        self.asked = [moment for moment in self.asked if at - moment < timedelta(hours=3)]
        tired = math.exp(-len(self.asked) / self.bears)
        self.asked.append(at)
        return self.awake(at) and chance.random() < self.attention * tired

    def delay(self, chance: random.Random) -> timedelta:
        return timedelta(minutes=min(240.0, chance.lognormvariate(math.log(self.minutes), 0.6)))


@dataclass(frozen=True)
class Wish:
    """A question to come."""

    at: datetime
    trade: Trade
    text: str
    budget_fen: int
    buyer: int


class City:
    """Its people in the database, and the list of wishes; the same for the same size and seed.

    Args:
        start: midnight of the first day (aware).
    """

    def __init__(self, size: CitySize, start: datetime):
        self.size, self.start = size, start
        self.chance = random.Random(size.seed)  # noqa: S311 - a made-up city
        self.buyers = [User.objects.create_user(nickname=f"买家{n}") for n in range(max(20, size.questions // 3))]
        self.trades = TRADES[: size.trades]
        self.categories = {trade.name: Category.objects.create(name=trade.name) for trade in self.trades}
        self.people = {}
        for number in range(size.shops):
            habits = self._shop(number)
            self.people[habits.shop.pk] = habits
        count_words()
        self.wishes = sorted(self._wishes(), key=lambda wish: wish.at)

    @property
    def measured_from(self) -> datetime:
        return self.start + timedelta(days=self.size.warm_up_days)

    @property
    def end(self) -> datetime:
        return self.measured_from + timedelta(days=self.size.days)

    def opening(self, at: datetime) -> None:
        """Doors as on the morning `at`: those who come late are still closed. Habits forget what they were asked."""
        for habits in self.people.values():
            habits.asked = []
        Shop.objects.filter(pk__in=self.people).update(is_open=False)
        early = [pk for pk, habits in self.people.items() if habits.opens_on_day == 0]
        Shop.objects.filter(pk__in=early).update(is_open=True)
        self.open_doors(at)

    def open_doors(self, at: datetime) -> None:
        """Let those open whose day has come."""
        day = (at - self.start).days
        late = [habits.shop.pk for habits in self.people.values() if 0 < habits.opens_on_day <= day]
        Shop.objects.filter(pk__in=late, is_open=False).update(is_open=True)

    @transaction.atomic
    def _shop(self, number: int) -> Habits:
        draw, trade = self.chance, self.trades[number % len(self.trades)]
        owner = User.objects.create_user(nickname=f"店主{number}")
        account = SubMerchant.objects.create(
            out_request_no=f"CITY{number:08d}", sub_mchid=f"19{number:08d}", status=SubMerchant.Status.ACTIVE
        )
        merchant = Merchant.objects.create(name=f"{trade.name}店{number}", sub_merchant=account)
        add_member(merchant=merchant, user=owner, role=Role.OWNER, by=None)
        shop = create_shop(merchant=merchant, name=merchant.name)
        works = draw.choice(HOURS)
        shop.asks_from, shop.asks_until = time(works[0]), time(works[1] % 24)
        shop.save(update_fields=["asks_from", "asks_until"])
        # Firms differ in size by orders of magnitude (R. Axtell, Zipf Distribution of U.S. Firm Sizes, Science 2001);
        # where all were alike, the nearest goods would be anybody's, and relevance no more than a lot.
        products = round(draw.lognormvariate(math.log(PRODUCTS), self.size.spread))
        for _ in range(min(MOST_PRODUCTS, max(1, products))):
            self._product(shop, owner, trade)
        late = draw.random() < self.size.late_share
        return Habits(
            shop=shop,
            owner=owner,
            trade=trade,
            # Some are always at their phone and some never, as on any platform of experts who are asked: on Toutiao
            # a smoothed personal rate alone tells with an AUC of .88 who answers.
            attention=draw.betavariate(0.8, 0.8),
            minutes=draw.lognormvariate(math.log(9), 1.0),
            skill=draw.betavariate(2, 2),
            bears=draw.uniform(3, 8),
            works=works,
            opens_on_day=draw.randint(1, self.size.warm_up_days) if late and self.size.warm_up_days else 0,
        )

    def _product(self, shop: Shop, owner: User, trade: Trade) -> None:
        draw = self.chance
        title = f"{draw.choice(trade.kinds)}{draw.choice(trade.nouns)} {draw.choice(trade.styles)}"
        product = create_product(
            shop=shop,
            by=owner,
            title=title,
            category=self.categories[trade.name],
            skus=[SkuDraft(price_fen=self._yuan(trade) * 100, stock=STOCK)],
        )
        Product.objects.filter(pk=product.pk).update(status=Product.Status.SCREENING)
        conclude_screening(product=product, passed=True)

    def _yuan(self, trade: Trade) -> int:
        low, high = map(math.log, trade.yuan)
        return round(math.exp(self.chance.uniform(low, high)))

    def _wishes(self):
        draw = self.chance
        for day in range(self.size.warm_up_days + self.size.days):
            for _ in range(self.size.questions):
                hour = draw.choices(range(24), BY_HOUR)[0]
                at = self.start + timedelta(days=day, hours=hour, seconds=draw.uniform(0, 3600))
                trade = draw.choice(self.trades)
                budget = max(self._yuan(trade), self._yuan(trade))
                what = f"{draw.choice(trade.kinds)}{draw.choice(trade.nouns)}"
                if draw.random() < SAYS_STYLE:
                    what += f"，{draw.choice(trade.styles)}"
                yield Wish(at, trade, f"想买{what}，{budget}以内", budget * 100, draw.randrange(len(self.buyers)))
