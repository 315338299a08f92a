"""接问题: a shop says what it wants to be asked, sees what follows, and rests."""

from datetime import datetime, time, timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Invalid
from core.models import AuditEntry
from merchants.models import Membership, Role
from qa import services
from qa.models import Question, ShopPreferences
from qa.need import Need
from qa.selectors import wanted as selectors
from qa.wanted import Wanted, next_morning
from shops.models import Shop
from shops.services import resume_questions, set_taking_questions
from tests.shops.factories import make_category, owner_of

from .factories import make_buyer, make_question, make_tea_category, make_tea_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return make_tea_shop("山南茶器")


@pytest.fixture
def owner(client, shop):
    client.force_login(owner_of(shop))
    return client


def save(shop, **wanted):
    return services.save_preferences(shop=shop, by=owner_of(shop), wanted=Wanted(**wanted))


def form(**changed):
    return {
        "scope": "all", "categories": [], "min_budget": "", "max_budget": "", "areas": "", "quiet_from": "22:00",
        "quiet_until": "08:00", "max_open": "", "daily_cap": "", **changed,
    }  # fmt: skip


def at(hour, minute=0, days_ago=1):
    day = timezone.localdate() - timedelta(days=days_ago)
    return timezone.make_aware(datetime.combine(day, time(hour, minute)))


def on(day, hour, minute=0):
    return datetime(2026, 11, day, hour, minute, tzinfo=timezone.get_default_timezone())


def asked_at(shop, moment, **need):
    """A question for tea things that was sent off then."""
    question = make_question(wave=False)
    stored = Need.from_json({**question.need, **need})
    Question.objects.filter(pk=question.pk).update(dispatched_at=moment, need=stored.to_json())
    return question


# The service


def test_preferences_are_kept_and_written_down(shop):
    tea = make_tea_category().pk
    save(shop, categories_out=[tea], min_budget_fen=10_000, max_budget_fen=50_000, areas=["杭州", "杭州", " 上海 "],
         quiet_from=time(22), quiet_until=time(8), max_open=3, daily_cap=12)  # fmt: skip
    row = ShopPreferences.objects.get()
    assert (row.categories_out, row.areas, row.max_open, row.daily_cap) == ([tea], ["杭州", "上海"], 3, 12)
    shop.refresh_from_db()
    assert (shop.asks_from, shop.asks_until) == (time(8), time(22))
    entry = AuditEntry.objects.get(action="qa.preferences_saved")
    assert entry.data["daily_cap"] == 12 and "quiet_from" not in entry.data
    save(shop, **{name: getattr(Wanted.of(shop), name) for name in Wanted.__dataclass_fields__})
    assert AuditEntry.objects.filter(action="qa.preferences_saved").count() == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"max_open": 0}, "max_open"),
        ({"max_open": 21}, "max_open"),
        ({"daily_cap": 201}, "daily_cap"),
        ({"min_budget_fen": 500, "max_budget_fen": 500}, "max_budget_fen"),
        ({"categories_out": [987_654]}, "categories"),
        ({"areas": ["长" * 21]}, "areas"),
        ({"areas": [f"城{n}" for n in range(21)]}, "areas"),
    ],
)
def test_what_breaks_a_rule_moves_nothing(shop, wrong, field):
    with pytest.raises(Invalid) as refused:
        save(shop, **wrong)
    assert field in refused.value.fields
    assert not ShopPreferences.objects.exists()


def test_only_wins_over_out(shop):
    tea = make_tea_category().pk
    kept = save(shop, categories_out=[tea], categories_only=[tea])
    assert (kept.categories_out, kept.categories_only) == ([], [tea])


@pytest.mark.parametrize(
    ("wanted", "text", "asked"),
    [
        ({}, "送爸爸的茶具，400-600", True),
        ({"min_budget_fen": 70_000}, "送爸爸的茶具，400-600", False),
        ({"min_budget_fen": 60_000}, "送爸爸的茶具，400-600", True),
        ({"max_budget_fen": 30_000}, "送爸爸的茶具，400-600", False),
        ({"max_budget_fen": 40_000}, "送爸爸的茶具，400-600", True),
        ({"max_budget_fen": 100}, "送爸爸的茶具", True),
        ({"areas": ["杭州"]}, "送爸爸的茶具，我在上海", False),
        ({"areas": ["杭州"]}, "送爸爸的茶具，我在杭州", True),
    ],
)
def test_waves_keep_to_them(shop, wanted, text, asked):
    save(shop, **wanted)
    assert make_question(text=text).invitations.exists() is asked


def test_only_other_kinds_means_not_this_one(shop):
    save(shop, categories_only=[make_category("杯子").pk])
    question = make_question()
    assert not question.invitations.exists()
    assert question.considerations.get(shop=shop).reason == "category_out"


# The pause


def switch_of(shop):
    return Shop.objects.values_list("takes_questions", "paused_until").get(pk=shop.pk)


def test_a_pause_ends_by_itself(shop):
    set_taking_questions(shop=shop, on=False, by=owner_of(shop), until=timezone.now() + timedelta(hours=1))
    assert not make_question().invitations.exists()
    assert resume_questions() == 0
    Shop.objects.update(paused_until=timezone.now())
    assert resume_questions() == 1
    assert resume_questions() == 0
    assert switch_of(shop) == (True, None)
    assert make_question().invitations.exists()
    resumed = AuditEntry.objects.filter(action="shops.takes_questions").get()
    assert resumed.actor_id == ""


def test_switching_on_ends_a_pause_and_switching_off_makes_it_last(shop):
    by, until = owner_of(shop), timezone.now() + timedelta(hours=1)
    set_taking_questions(shop=shop, on=False, by=by, until=until)
    assert switch_of(shop) == (False, until)
    set_taking_questions(shop=shop, on=False, by=by)
    assert switch_of(shop) == (False, None)
    set_taking_questions(shop=shop, on=True, by=by)
    assert switch_of(shop) == (True, None)


@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(minutes=-1), timedelta(days=91)])
def test_a_pause_lies_ahead_and_not_too_far(shop, ahead):
    with pytest.raises(Invalid):
        set_taking_questions(shop=shop, on=False, by=owner_of(shop), until=timezone.now() + ahead)
    assert switch_of(shop) == (True, None)


def test_a_night_off_ends_when_the_hours_begin(shop):
    night = on(26, 20)
    assert timezone.localtime(next_morning(shop, night)) == on(27, 8)
    shop.asks_from, shop.asks_until = time(10), time(22)
    assert timezone.localtime(next_morning(shop, night)) == on(27, 10)


# What follows


def test_it_is_said_in_words(shop):
    tea = make_tea_category().pk
    wanted = Wanted(
        daily_cap=12, max_open=5, quiet_from=time(22), quiet_until=time(8), categories_out=[tea], areas=["杭州"],
        min_budget_fen=10_000,
    )  # fmt: skip
    said = " ".join(selectors.sentences(shop, wanted))
    for words in ("你每天最多收到 12 个问题，同时最多 5 个等你回答", "22:00–8:00 不打扰", "除了：茶具", "只接 杭州",
                  "预算低于 ¥100 的不接"):  # fmt: skip
        assert words in said
    shop.takes_questions, shop.paused_until = False, at(8, days_ago=-1)
    assert "自动恢复" in selectors.sentences(shop, Wanted())[0]


def test_the_last_days_are_held_against_them(shop):
    for hour in (3, 10, 11, 23):
        asked_at(shop, at(hour))
    asked_at(shop, at(12), budget_min_fen=1_000, budget_max_fen=2_000)
    asked_at(shop, at(12, days_ago=8))
    everything = selectors.replay(shop, Wanted())
    assert (everything.total, everything.through, everything.held) == (5, 5, [])
    quiet = selectors.replay(shop, Wanted(quiet_from=time(22), quiet_until=time(8), min_budget_fen=5_000))
    assert (quiet.total, quiet.through) == (5, 2)
    assert [number for _why, number in quiet.held] == [2, 1]
    assert selectors.replay(shop, Wanted(daily_cap=3)).through == 3
    # Two at a time: the window of a first wave is some minutes, so an hour apart they don't meet.
    assert selectors.replay(shop, Wanted(max_open=1)).through == 5


def test_questions_at_the_same_time_meet_the_limit(shop):
    for minute in (0, 1, 2):
        asked_at(shop, at(10, minute))
    assert selectors.replay(shop, Wanted(max_open=2)).through == 2


def test_own_people_blocked_buyers_and_other_kinds_are_not_counted(shop):
    from shops.services import block

    blocked = make_buyer()
    block(shop=shop, buyer=blocked, side="buyer", by=blocked)
    for buyer in (owner_of(shop), blocked, None):
        question = make_question(buyer, wave=False)
        Question.objects.filter(pk=question.pk).update(dispatched_at=at(10))
    other = asked_at(shop, at(11))
    Question.objects.filter(pk=other.pk).update(category=make_category("杯子"))
    assert selectors.replay(shop, Wanted()).total == 1


def test_what_was_really_sent_is_counted_among_the_same_questions(shop):
    cups = make_category("杯子")
    asked, foreign, unclear = (make_question() for _ in range(3))
    assert all(question.invitations.filter(shop=shop).exists() for question in (asked, foreign, unclear))
    Question.objects.filter(pk=foreign.pk).update(category=cups)
    Question.objects.filter(pk=unclear.pk).update(category=None)
    asked_at(shop, at(10))
    told = selectors.replay(shop, Wanted())
    assert (told.total, told.through, told.asked) == (4, 4, 3)
    Question.objects.filter(pk=asked.pk).update(dispatched_at=at(12, days_ago=8))
    assert selectors.replay(shop, Wanted(categories_only=[make_tea_category().pk])).asked == 2
    told = selectors.replay(shop, Wanted(categories_out=[cups.pk]))
    assert (told.total, told.through, told.asked) == (3, 2, 2)


def test_a_replay_costs_the_same_for_one_and_for_many(shop, django_assert_num_queries):
    asked_at(shop, at(10))
    with django_assert_num_queries(1):
        selectors.replay(shop, Wanted())
    for minute in range(3):
        asked_at(shop, at(11, minute))
    with django_assert_num_queries(1):
        selectors.replay(shop, Wanted())


@given(
    start=st.times().map(lambda t: t.replace(second=0, microsecond=0)),
    end=st.times().map(lambda t: t.replace(second=0, microsecond=0)),
    hour=st.integers(0, 23),
    minute=st.integers(0, 59),
)
def test_quiet_hours_are_quiet_whichever_way_they_span(start, end, hour, minute):
    moment = on(26, hour, minute)
    quiet = Wanted(quiet_from=start, quiet_until=end).refuses(Need(), moment) == "quiet_hours"
    now = time(hour, minute)
    inside = start <= now < end if start < end else (now >= start or now < end)
    assert quiet is (inside and start != end)


# The page


def test_the_page_is_for_owner_and_manager(client, shop):
    staff = make_buyer("店员")
    member = Membership.objects.create(merchant=shop.merchant, user=staff, role=Role.AGENT)
    client.force_login(staff)
    paths = ["/m/preferences/", "/m/preferences/preview/", "/m/preferences/pause/"]
    assert client.get(paths[0]).status_code == 403
    assert [client.post(path, form()).status_code for path in paths] == [403, 403, 403]
    assert "/m/preferences/" not in client.get("/m/why/").content.decode()
    Membership.objects.filter(pk=member.pk).update(role=Role.MANAGER)
    assert client.get(paths[0]).status_code == 200


def test_the_form_saves_and_shows_what_it_saved(owner, shop):
    tea = make_tea_category()
    page = owner.get("/m/preferences/").content.decode()
    assert "全天都可能派问题给你" in page and "茶具" in page
    sent = form(
        scope="only", categories=[tea.public_id], quiet="on", max_open="5", daily_cap="12", min_budget="99.5",
        max_budget="500", areas="杭州，上海",
    )  # fmt: skip
    assert owner.post("/m/preferences/", sent).status_code == 302
    shop.refresh_from_db()
    assert Wanted.of(shop) == Wanted(
        categories_only=[tea.pk], min_budget_fen=9_950, max_budget_fen=50_000, areas=["杭州", "上海"],
        quiet_from=time(22), quiet_until=time(8), max_open=5, daily_cap=12,
    )  # fmt: skip
    page = owner.get("/m/preferences/").content.decode()
    assert f'value="{tea.public_id}" checked' in page
    assert "你每天最多收到" in page
    assert 'value="99.50"' in page


@pytest.mark.parametrize(
    "wrong",
    [
        {"scope": "only"},
        {"scope": "nothing"},
        {"categories": ["no-such"]},
        {"max_open": "0"},
        {"daily_cap": "9999"},
        {"daily_cap": "many"},
        {"min_budget": "-1"},
        {"min_budget": "500", "max_budget": "400"},
        {"quiet": "on", "quiet_from": ""},
        {"quiet": "on", "quiet_from": "25:00"},
        {"quiet": "on", "quiet_from": "08:00"},
        {"areas": "长" * 21},
    ],
    ids=str,
)
def test_a_bad_form_says_where_and_moves_nothing(owner, shop, wrong):
    reply = owner.post("/m/preferences/", form(**wrong))
    assert (reply.status_code, "wx-error" in reply.content.decode()) == (422, True)
    assert not ShopPreferences.objects.exists()
    assert "改好这里就显示结果" in owner.post("/m/preferences/preview/", form(**wrong)).content.decode() or wrong in (
        {"daily_cap": "9999"}, {"areas": "长" * 21}, {"min_budget": "500", "max_budget": "400"},
    )  # fmt: skip


def test_the_preview_tells_what_would_follow_and_saves_nothing(owner, shop):
    asked_at(shop, at(10))
    asked_at(shop, at(23))
    said = owner.post("/m/preferences/preview/", form(quiet="on", daily_cap="7")).content.decode()
    assert "不打扰" in said and "在免打扰" not in said
    assert 'value="1" max="2"' in said
    assert not ShopPreferences.objects.exists()


@pytest.mark.parametrize("until", ["hour", "tonight", "day", "open"])
def test_the_pause_buttons(owner, shop, until):
    day = timezone.localdate() + timedelta(days=2)
    assert owner.post("/m/preferences/pause/", {"until": until, "day": day.isoformat()}).status_code == 302
    shop.refresh_from_db()
    assert shop.takes_questions is False
    assert (shop.paused_until is None) is (until == "open")
    if until == "day":
        assert timezone.localtime(shop.paused_until).date() == day
    assert "恢复接问题" in owner.get("/m/preferences/").content.decode()
    owner.post("/m/preferences/pause/")
    shop.refresh_from_db()
    assert (shop.takes_questions, shop.paused_until) == (True, None)


@pytest.mark.parametrize("sent", [{"until": "day"}, {"until": "day", "day": "2020-01-01"}, {"until": "never"}])
def test_a_bad_pause_moves_nothing(owner, shop, sent):
    assert owner.post("/m/preferences/pause/", sent).status_code == 422
    shop.refresh_from_db()
    assert shop.takes_questions is True
