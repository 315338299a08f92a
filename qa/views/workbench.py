"""The merchant's questions: the inbox and the workbench of one answer."""

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chat.selectors import unread_count
from core.errors import DomainError, Invalid
from merchants.permissions import requires
from shops.models import Shop, Sku

from .. import selectors, services
from ..composing import Composer, compose
from ..drafts import MAX_CARDS, Draft
from ..errors import NotYoursToSell
from ..models import Answer, Invitation
from ..selectors import Tab
from ..selectors.pool import pool_count, pool_of, pool_rows
from ..selectors.shops import CHIPS, row_of, with_facts

PER_PAGE = 20
QUEUE_LENGTH = 30
POOL, POOL_SHOWN = "pool", 50


@require_GET
@requires("answer")
def inbox(request):
    """All of it is one fragment, so that live arrival refreshes tabs, counts and list together."""
    shop = request.membership.merchant.shop
    view = request.GET.get("view", Tab.WAITING)
    view = view if view in (*Tab.ALL, POOL) else Tab.WAITING
    if view == POOL:
        return _pool(request, shop)
    chips = frozenset(name for name in CHIPS if request.GET.get(name) == "1")
    query = request.GET.get("q", "")
    page = Paginator(selectors.inbox(shop, view, query=query, chips=chips), PER_PAGE).get_page(request.GET.get("page"))
    rows = selectors.rows_of(page)
    counts = selectors.tab_counts(shop)
    context = {
        "view": view,
        "tabs": _tabs(shop, counts),
        "chip_counts": selectors.filter_counts(shop) if view == Tab.WAITING else {},
        "page": page,
        "soon": [row for row in rows if row.soon] if view == Tab.WAITING else [],
        "later": [row for row in rows if not row.soon or view != Tab.WAITING],
        "filtered": bool(query.strip() or chips),
        "has_any": any(counts.values()),
        "total": counts[view],
        "has_products": shop.products.exists() if not any(counts.values()) else True,
    }
    return render(request, "qa/inbox_body.html" if request.htmx else "qa/inbox.html", context)


def _tabs(shop: Shop, counts: dict[str, int]) -> list[tuple]:
    labels = {
        Tab.WAITING: _("To answer"),
        POOL: _("Question pool"),
        Tab.ANSWERED: _("Answered"),
        Tab.ADOPTED: _("Chosen"),
        Tab.MISSED: _("Missed questions"),
    }
    numbers = counts | {POOL: pool_count(shop)}
    return [(name, label, numbers[name]) for name, label in labels.items()]


def _pool(request, shop: Shop) -> HttpResponse:
    context = {
        "view": POOL,
        "tabs": _tabs(shop, selectors.tab_counts(shop)),
        "pool": pool_rows(pool_of(shop)[:POOL_SHOWN]),
    }
    return render(request, "qa/inbox_body.html" if request.htmx else "qa/inbox.html", context)


@require_http_methods(["GET", "POST"])
@requires("answer")
def workbench(request, invitation_id):
    invitation = own_invitation(request, invitation_id)
    if request.method == "POST":
        return _answer(request, invitation)
    services.open_invitation(invitation=invitation, by=request.user)
    return render(request, "qa/workbench.html", _page(request, own_invitation(request, invitation_id)))


@require_GET
@requires("answer")
def state(request, invitation_id):
    """What changes while somebody writes: time, places taken, the queue. The form is left alone."""
    return render(request, "qa/state.html", _page(request, own_invitation(request, invitation_id), with_composer=False))


@require_POST
@requires("answer")
def draft(request, invitation_id):
    """Autosave; a button adds or removes a card, or accepts its new price. Answers with the preview."""
    invitation = own_invitation(request, invitation_id)
    made = posted_draft(request)
    added, removed, accepted = (request.POST.get(name, "") for name in ("add", "remove", "accept"))
    if added or removed or accepted:
        # Two quick taps: the second was sent before the page knew of the first.
        made.cards = Draft.from_json(invitation.draft).cards
    made.cards = [card for card in made.cards if card["product"] != removed]
    if added and len(made.cards) < MAX_CARDS and added not in {card["product"] for card in made.cards}:
        made.cards.append({"product": added[:20], "sku": ""})
    for card in made.cards:
        if card["product"] == accepted:
            # The price of today is taken for the one of then.
            card.pop("price_fen", None)
    services.save_draft(invitation=invitation, by=request.user, draft=made)
    composer = compose(invitation, made, query=request.POST.get("q", ""))
    context = {"invitation": invitation, "shop": invitation.shop, "composer": composer}
    return render(request, "qa/draft.html", context | {"cards_changed": bool(added or removed or accepted)})


@require_GET
@requires("answer")
def picks(request, invitation_id):
    """The shop's products for this question, narrowed by a search."""
    invitation = own_invitation(request, invitation_id)
    composer = compose(invitation, Draft.from_json(invitation.draft), query=request.GET.get("q", ""))
    return render(request, "qa/picks.html", {"invitation": invitation, "composer": composer})


@require_POST
@requires("answer")
def take_back(request, invitation_id):
    """The five seconds in which a sent answer is a draft again."""
    invitation = own_invitation(request, invitation_id)
    given = get_object_or_404(Answer, invitation=invitation)
    try:
        services.take_back(answer=given, by=request.user)
        messages.success(request, _("Taken back. What you wrote is still here"))
    except DomainError as error:
        messages.error(request, str(error))
    return redirect("qa:workbench", invitation_id)


@require_POST
@requires("answer")
def pass_on(request, invitation_id):
    invitation = own_invitation(request, invitation_id)
    try:
        services.pass_on(invitation=invitation, by=request.user)
        undo = reverse("qa:take_back_pass", args=[invitation_id])
        messages.success(request, _("Passed on. It does not count against you"), extra_tags=undo)
    except DomainError as error:
        messages.error(request, str(error))
    back = request.POST.get("next", "")
    safe = back.startswith("/") and url_has_allowed_host_and_scheme(
        back, {request.get_host()}, require_https=request.is_secure()
    )
    return redirect(back if safe else "qa:inbox")


@require_POST
@requires("answer")
def take_back_pass(request, invitation_id):
    invitation = own_invitation(request, invitation_id)
    try:
        services.take_back_pass(invitation=invitation, by=request.user)
        return redirect("qa:workbench", invitation_id)
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("qa:inbox")


def own_invitation(request, invitation_id: str) -> Invitation:
    mine = with_facts(Invitation.objects.of_shop(request.membership.merchant.shop)).select_related("shop")
    return get_object_or_404(mine.select_related("answer__conversation"), public_id=invitation_id)


def posted_draft(request) -> Draft:
    return Draft.from_json(
        {
            "text": request.POST.get("text", "").replace("\r\n", "\n"),
            "cards": [_card(value) for value in request.POST.getlist("card")],
            "promises": request.POST.getlist("promise"),
            "arrive_by": request.POST.get("arrive_by", ""),
        }
    )


def _card(value: str) -> dict:
    """product:sku:price at which it was picked, in fen."""
    product, _colon, rest = value.partition(":")
    sku, _colon, price = rest.partition(":")
    return {"product": product, "sku": sku, "price_fen": int(price) if price.isdecimal() and len(price) < 13 else None}


def _answer(request, invitation: Invitation) -> HttpResponse:
    made = posted_draft(request)
    try:
        services.answer(
            invitation=invitation,
            by=request.user,
            text=request.POST.get("text", ""),
            cards=_cards(invitation, made),
            promises=made.promises,
            arrive_by=made.arrive_by or None,
        )
    except DomainError as error:
        services.save_draft(invitation=invitation, by=request.user, draft=made)
        fields = error.fields if isinstance(error, Invalid) else {}
        refusal = {"errors": fields, "refused": "" if fields else str(error)}
        context = _page(request, own_invitation(request, invitation.public_id), draft=made) | refusal
        return render(request, "qa/workbench.html", context, status=422)
    undo = f"{reverse('qa:take_back', args=[invitation.public_id])}?seconds={settings.QA_UNDO_SECONDS}"
    messages.success(request, _("Your answer is on its way"), extra_tags=undo)
    following = selectors.next_invitation(request.membership)
    return redirect("qa:workbench", following[0].invitation.public_id) if following else redirect("qa:inbox")


def _cards(invitation: Invitation, made: Draft) -> list[services.Card]:
    wanted = [card["sku"] for card in made.cards]
    found = {
        sku.public_id: sku
        for sku in Sku.objects.filter(public_id__in=wanted, shop=invitation.shop_id).select_related("product")
    }
    if any(sku_id not in found for sku_id in wanted):
        raise NotYoursToSell(fields={"cards": [NotYoursToSell.title]})
    return [services.Card(found[card["sku"]], seen_fen=card.get("price_fen")) for card in made.cards]


def _page(request, invitation: Invitation, *, draft: Draft | None = None, with_composer: bool = True) -> dict:
    row = row_of(invitation)
    waiting = selectors.inbox(invitation.shop, Tab.WAITING)[:QUEUE_LENGTH]
    mode = _mode(invitation, row)
    context = {
        "row": row,
        "invitation": invitation,
        "question": invitation.question,
        "shop": invitation.shop,
        "answer": getattr(invitation, "answer", None),
        "mode": mode,
        # While others hold the last places one may write already: it is kept, and sent once a place is free.
        "writable": mode in ("open", "held"),
        "queue": selectors.rows_of(waiting),
        "waiting_count": selectors.open_invitation_count(request.membership),
        "unread_count": unread_count(request.membership) if request.membership.can("chat") else None,
    }
    if with_composer:
        context["composer"] = _composer(invitation, draft)
    return context


def _composer(invitation: Invitation, draft: Draft | None) -> Composer:
    return compose(invitation, draft or Draft.from_json(invitation.draft))


def _mode(invitation: Invitation, row) -> str:
    """What can be done here: "open", or why not."""
    if invitation.status == Invitation.Status.ANSWERED:
        return invitation.answer.status
    if invitation.status == Invitation.Status.PASSED:
        return "passed"
    if not invitation.question.is_live or invitation.status == Invitation.Status.WITHDRAWN:
        return "closed"
    if not invitation.is_open:
        return "over"
    if not row.places_left:
        return "full"
    return "held" if row.is_held and not invitation.holds_a_place else "open"
