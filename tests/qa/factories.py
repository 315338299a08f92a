"""Questions for tests, made by the services themselves."""

from datetime import time
from itertools import count

from accounts.models import User, WeChatIdentity
from qa import services
from qa.models import Answer, Invitation, PublicAnswer, Question, Verdict
from qa.services import Card, asking
from qa.understanding import understand
from shops.models import AttributeValue, Category, Product, Shop
from tests.shops.factories import make_category, make_product, make_shop, owner_of

numbers = count(1)

TEA = {"适合": ["普洱", "绿茶"], "材质": ["紫砂", "白瓷", "玻璃"], "清洗": ["好清洗", "一般"]}


def make_buyer(nickname: str = "林女士", *, openid: str = "") -> User:
    """A buyer; `openid` of a sandbox phone where content is really checked."""
    buyer = User.objects.create_user(nickname=nickname)
    WeChatIdentity.objects.create(
        user=buyer,
        kind=WeChatIdentity.Kind.MINI_PROGRAM,
        appid="wx-mini",
        openid=openid or f"openid-{buyer.public_id}",
    )
    return buyer


def make_tea_category() -> Category:
    return Category.objects.filter(name="茶具").first() or make_category(
        "茶具", keywords="茶壶 紫砂壶 盖碗 茶杯 泡茶", attributes=TEA
    )


def values_of(category: Category, *names: str) -> list:
    return list(AttributeValue.objects.filter(attribute__category=category, name__in=names))


def make_tea_shop(
    name: str = "",
    *,
    title: str = "紫砂壶茶具礼盒",
    price_fen: int = 52_800,
    values=("普洱", "紫砂", "好清洗"),
    stock=10,
    **shop,
) -> Shop:
    """A shop open all day with one fitting product."""
    category = make_tea_category()
    made = make_shop(name, **{"asks_from": time(0), "asks_until": time(0), **shop})
    make_product(
        made, title=title, price_fen=price_fen, category=category, values=values_of(category, *values), stock=stock
    )
    return made


def make_question(
    buyer: User | None = None,
    *,
    text: str = "送爸爸60岁生日的茶具，预算400-600",
    dispatched: bool = True,
    wave: bool = True,
) -> Question:
    """A question that has passed the check; by default sent off, with its first wave open."""
    need = understand(text)
    question = asking._create(buyer or make_buyer(), text, need, "", f"key-{next(numbers):08d}")
    question = services.conclude_check(question=question, verdict=Verdict.PASSED)
    if dispatched:
        question = services.submit(question=question)
    if dispatched and wave:
        services.dispatch_question(question.pk)
    return Question.objects.get(pk=question.pk)


def invitation_of(question: Question, shop: Shop) -> Invitation:
    return Invitation.objects.select_related("question", "shop").get(question=question, shop=shop)


def make_answer(
    question: Question, shop: Shop, *, shown: bool = True, text: str = "这款壶口宽，好清洗", **fields
) -> Answer:
    """The shop's answer with its first product; shown unless `shown` is False."""
    sku = Product.objects.filter(shop=shop).first().skus.get(archived_at=None)
    fields.setdefault("cards", [Card(sku)])
    answer = services.answer(invitation=invitation_of(question, shop), by=owner_of(shop), text=text, **fields)
    if shown:
        answer = services.conclude_answer(answer=answer, verdict=Verdict.PASSED)
    return Answer.objects.select_related("question", "shop").get(pk=answer.pk)


def make_publication(
    shop: Shop,
    *,
    buyer: User | None = None,
    text: str = "送爸爸60岁生日的茶具，预算400-600",
    answer: str = "这款壶口宽，好清洗",
    wording: str = "",
    public: bool = True,
) -> PublicAnswer:
    """An answer of the shop that its buyer chose and agreed to make public; checked unless `public` is False."""
    question = make_question(buyer, text=text)
    chosen = make_answer(question, shop, text=answer)
    services.adopt(answer=chosen, by=question.buyer)
    row = services.propose(answer=chosen, by=question.buyer)
    row = services.consent(public=row, by=question.buyer, question=wording or row.question, version="2026-11")
    if public:
        row = services.conclude_public(public=row, verdict=Verdict.PASSED)
    return PublicAnswer.objects.select_related("answer__question__buyer", "shop").get(pk=row.pk)


def say(public: PublicAnswer, *, helped: int = 0, not_helped: int = 0) -> PublicAnswer:
    """So many new people say whether it helped."""
    for word in [True] * helped + [False] * not_helped:
        services.give_feedback(public=public, by=make_buyer("读者"), helped=word)
    public.refresh_from_db()
    return public
