"""Question to dispatched: from the buyer's last tap until the first shops are asked, through outbox and Celery.

The baseline calls the same service in this process, without queue or worker: what the way costs is the difference.
"""

import itertools
import random
import time
from datetime import time as clock
from datetime import timedelta

from .measure import percentile
from .servers import running

FIGURES = ("p50_ms", "p95_ms", "per_s")
CATEGORIES = {
    "茶具": ("紫砂壶", "盖碗", "公道杯", "茶杯", "茶盘"),
    "咖啡": ("咖啡豆", "挂耳", "手冲壶", "磨豆机", "滤杯"),
    "香薰": ("蜡烛", "线香", "香炉", "精油", "扩香石"),
    "文具": ("钢笔", "手账", "墨水", "书签", "笔袋"),
    "零食": ("坚果", "糕点", "果干", "巧克力", "肉脯"),
    "家纺": ("毛毯", "枕头", "床单", "浴巾", "靠垫"),
}
WORDS = ("手工", "礼盒", "家用", "便携", "复古", "简约", "大号", "小号", "送礼", "定制")
VALUES = ("陶", "瓷", "木", "竹", "棉")
BATCH = 1000
TIMEOUT_SECONDS = 300


def add_arguments(parser):
    parser.add_argument("--merchants", type=int, default=1000)
    parser.add_argument("--products", type=int, default=5000)
    parser.add_argument("--questions", type=int, default=100)


def run(options, report) -> dict[str, float]:
    random.seed(2)
    report.progress(f"Preparing {options.merchants} merchants with {options.products} products")
    seed_shops(options.merchants, options.products)
    asked = iter(seed_questions(2 * options.questions + 60))
    in_process = latencies(itertools.islice(asked, 50), call_directly)
    with running(web=False, worker=2):
        latencies(itertools.islice(asked, 10), send_and_wait)  # Warm.
        count = options.questions
        report.progress(f"Sending {count} questions one after another, then {count} at once")
        one_by_one = latencies(itertools.islice(asked, count), send_and_wait)
        per_s = at_once(list(itertools.islice(asked, count)))
    figures = {
        "p50_ms": round(percentile(one_by_one, 0.5), 1),
        "p95_ms": round(percentile(one_by_one, 0.95), 1),
        "per_s": round(per_s, 1),
    }
    report.row("sent -> shops asked, p50 (ms)", figures["p50_ms"], baseline=round(percentile(in_process, 0.5), 1))
    report.row("sent -> shops asked, p95 (ms)", figures["p95_ms"], baseline=round(percentile(in_process, 0.95), 1))
    report.row("questions dispatched a second, 2 workers", figures["per_s"])
    report.note("Baseline: the same dispatch called in one process, without outbox and worker.")
    return figures


def latencies(questions, send) -> list[float]:
    """Milliseconds from submit until the first wave is committed, for each question."""
    found = []
    for question in questions:
        began = time.perf_counter()
        send(question)
        found.append((time.perf_counter() - began) * 1000)
    return found


def call_directly(question) -> None:
    from qa import services

    services.submit(question=question)
    services.dispatch_question(question.pk)


def send_and_wait(question) -> None:
    from qa import services

    services.submit(question=question)
    wait_for([question.pk])


def at_once(questions) -> float:
    """Dispatched a second, from the first submit until the last wave is there."""
    from qa import services

    began = time.perf_counter()
    for question in questions:
        services.submit(question=question)
    wait_for([question.pk for question in questions], pause=0.02)
    return len(questions) / (time.perf_counter() - began)


def wait_for(questions: list[int], pause: float = 0.005) -> None:
    from qa.models import Wave

    deadline = time.monotonic() + TIMEOUT_SECONDS
    while Wave.objects.filter(question__in=questions).count() < len(questions):
        if time.monotonic() > deadline:
            raise TimeoutError("not every question was dispatched")
        time.sleep(pause)


def seed_shops(merchants: int, products: int) -> None:
    """Open shops with products on sale, written in bulk; each may be asked and can be paid."""
    from accounts.models import User
    from merchants.models import Membership, Merchant, Role
    from payments.models import SubMerchant
    from shops.models import Attribute, AttributeValue, Category, Shop

    values = {}
    for name in CATEGORIES:
        category = Category.objects.create(name=name, keywords=" ".join(CATEGORIES[name]))
        attribute = Attribute.objects.create(category=category, name="材质", question="想要什么材质？")
        values[category] = [AttributeValue.objects.create(attribute=attribute, name=value) for value in VALUES]
    subs = SubMerchant.objects.bulk_create(
        SubMerchant(out_request_no=f"BENCH{n:08d}", sub_mchid=f"16{n:08d}", status=SubMerchant.Status.ACTIVE)
        for n in range(merchants)
    )
    firms = Merchant.objects.bulk_create(Merchant(name=f"商家{n}", sub_merchant=sub) for n, sub in enumerate(subs))
    owners = User.objects.bulk_create(User(nickname=f"店主{n}", password="!") for n in range(merchants))  # noqa: S106
    Membership.objects.bulk_create(
        Membership(merchant=firm, user=owner, role=Role.OWNER) for firm, owner in zip(firms, owners, strict=True)
    )
    shops = Shop.objects.bulk_create(
        Shop(merchant=firm, name=firm.name, asks_from=clock(0), asks_until=clock(0)) for firm in firms
    )
    for start in range(0, products, BATCH):
        seed_products(shops, values, min(BATCH, products - start))


def seed_products(shops, values, count: int) -> None:
    from shops import search
    from shops.models import AttributeValue, Product, Sku

    rows = []
    for _ in range(count):
        category = random.choice(list(values))
        title = "".join([*random.sample(WORDS, 2), random.choice(CATEGORIES[category.name]), category.name])
        price = random.randint(20, 900) * 100
        rows.append(
            Product(
                shop=random.choice(shops),
                category=category,
                title=title,
                status=Product.Status.PUBLISHED,
                price_from_fen=price,
                stock=10,
                search=search.vector(f"{title} {category.keywords}"),
            )
        )
    made = Product.objects.bulk_create(rows)
    Sku.objects.bulk_create(
        Sku(product=product, shop=product.shop, price_fen=product.price_from_fen, stock=10) for product in made
    )
    AttributeValue.products.through.objects.bulk_create(
        AttributeValue.products.through(product=product, attributevalue=random.choice(values[product.category]))
        for product in made
    )


def seed_questions(count: int) -> list:
    """Questions that wait for their buyer's last tap."""
    from django.utils import timezone

    from accounts.models import User
    from qa.models import Question
    from qa.understanding import understand

    expires_at = timezone.now() + timedelta(days=1)
    buyers = User.objects.bulk_create(User(nickname=f"买家{n}", password="!") for n in range(count))  # noqa: S106
    rows = []
    for number, buyer in enumerate(buyers):
        name = random.choice(list(CATEGORIES))
        thing = random.choice(CATEGORIES[name])
        text = f"想买{random.choice(WORDS)}的{thing}，预算{random.randint(1, 8)}00左右"
        need = understand(text)
        rows.append(
            Question(
                buyer=buyer,
                text=text,
                need=need.to_json(),
                category_id=need.category_id,
                status=Question.Status.CLARIFYING,
                expires_at=expires_at,
                idempotency_key=f"bench-{number}",
            )
        )
    return Question.objects.bulk_create(rows)
