"""/q/: what helped others, for everybody and for search engines; no account needed."""

import json
from urllib.parse import quote, urlencode

from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import signed_in
from core.errors import DomainError
from core.web import public
from shops.models import Category, Shop

from .. import services
from ..models import PublicAnswer
from ..selectors import publications as selectors

PAGE, BESIDE, LONGEST_ID = 20, 5, 20
# What JSON may not hold inside a script element, whatever its type (WHATWG HTML, "restrictions for contents of script
# elements"); in JSON they mean the same.
UNSAFE = {ord(character): f"\\u{ord(character):04X}" for character in "<>&\u2028\u2029"}


@public
@require_safe
def browse(request):
    """By category, by shop, or like what is typed; the most helpful first."""
    given = {name: request.GET.get(name, "").strip() for name in ("q", "category", "shop")}
    category, shop = given["category"][:LONGEST_ID], given["shop"][:LONGEST_ID]
    rows = selectors.with_parts(selectors.public_answers(query=given["q"], category=category, shop=shop))
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    categories = _categories()
    here = next((one for one in categories if one["public_id"] == category), None)
    keeper = Shop.objects.open().filter(public_id=shop).first() if shop else None
    if shop and keeper is None:
        raise Http404
    context = {
        "rows": selectors.cards_json(list(page)),
        "page": page,
        "query": given["q"][: selectors.search.MAX_TYPED],
        "categories": categories,
        "category": here,
        "shop": keeper,
        "badges": selectors.badges([keeper.pk])[keeper.pk] if keeper else [],
        "threshold": settings.QA_BADGE_ANSWERS,
        "voices": settings.QA_PROVEN_VOICES,
        "canonical": _canonical(category if here else "", page.number),
        # Search results and shops' lists are ways to pages, not pages to be found.
        "unlisted": bool(given["q"] or shop),
        "ask_url": ask_url(given["q"]),
    }
    return render(request, "qa/public/browse.html", context)


@public
@require_safe
def answer(request, public_id):
    """One question with its answer. Gone (410) once it was withdrawn or taken down."""
    row = _visible(public_id)
    if row is None:
        return _gone(request, public_id)
    told = selectors.detail_json(row, request.user)
    alike = selectors.like(row.question, row.category_id, BESIDE, apart_from=row.pk)
    context = {
        "row": told,
        "alike": alike,
        "ld_json": script_json(qa_page(told)),
        "ask_url": ask_url(row.question),
        "threshold": settings.QA_BADGE_ANSWERS,
        "voices": settings.QA_PROVEN_VOICES,
    }
    return render(request, "qa/public/answer.html", context)


@require_POST
@signed_in
def feedback(request, public_id):
    """`helped` is 1, 0, or empty to take the word back."""
    row, said = _visible(public_id), request.POST.get("helped")
    if row is None or said not in ("1", "0", ""):
        raise Http404
    try:
        services.give_feedback(public=row, by=request.user, helped={"1": True, "0": False, "": None}[said])
    except DomainError as refusal:
        return HttpResponse(str(refusal.message), status=refusal.status, content_type="text/plain; charset=utf-8")
    return redirect(f"{reverse('public:answer', args=[row.public_id])}#feedback")


def _visible(public_id: str) -> PublicAnswer | None:
    return selectors.with_parts(PublicAnswer.objects.visible()).filter(public_id=public_id).first()


def _gone(request: HttpRequest, public_id: str) -> HttpResponse:
    if PublicAnswer.objects.filter(public_id=public_id).exclude(published_at=None).exists():
        return render(request, "errors/410.html", status=410)
    raise Http404


def _categories() -> list[dict]:
    """Categories that have something to read, with how much."""
    shown = Q(public_answers__in=PublicAnswer.objects.visible())
    rows = Category.objects.annotate(n=Count("public_answers", filter=shown)).filter(n__gt=0)
    return list(rows.order_by("-n", "position", "id").values("public_id", "name", "n")[:24])


def _canonical(category: str, number: int) -> str:
    query = {**({"category": category} if category else {}), **({"page": number} if number > 1 else {})}
    return settings.PUBLIC_URL + reverse("public:browse") + (f"?{urlencode(query)}" if query else "")


def ask_url(question: str) -> str:
    """Where the reader may ask the like; empty where there is no such address."""
    return settings.ASK_URL.replace("{question}", quote(question[: selectors.search.MAX_TYPED], safe=""))


def qa_page(told: dict) -> dict:
    """schema.org/QAPage: one question, the answer that its buyer accepted, and how many people it helped."""
    url = told["url"]
    return {
        "@context": "https://schema.org",
        "@type": "QAPage",
        "mainEntity": {
            "@type": "Question",
            "@id": f"{url}#question",
            "name": told["question"][:110],
            "text": told["question"],
            "answerCount": 1,
            "datePublished": _local(told["published_at"]),
            "author": {"@type": "Person", "name": _("A buyer")},
            "acceptedAnswer": {
                "@type": "Answer",
                "text": told["text"],
                "url": f"{url}#answer",
                "upvoteCount": told["helped"],
                "datePublished": _local(told["published_at"]),
                "author": {
                    "@type": "Organization",
                    "name": told["shop"]["name"],
                    "url": f"{settings.PUBLIC_URL}{reverse('public:browse')}?shop={told['shop']['id']}",
                },
            },
        },
    }


def _local(moment) -> str:
    return timezone.localtime(moment).isoformat(timespec="seconds")


def script_json(data: dict) -> SafeString:
    """JSON for a script element that is data, not a program: nothing in it can end the element."""
    return mark_safe(json.dumps(data, ensure_ascii=False).translate(UNSAFE))  # noqa: S308  Escaped just here.
