"""The shop's side of its conversations."""

from uuid import uuid4

from django.core.paginator import Paginator
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.errors import DomainError
from merchants.permissions import requires
from orders.models import Order
from shops.models import Product

from . import selectors, services
from .forms import ImageForm, ProductForm, QuoteForm, TextForm
from .models import Conversation, Message

SHOP = Message.Sender.SHOP
QUEUE_LENGTH = 30
THREAD_LENGTH = 100
PICKS = 30


@require_GET
@requires("chat")
def inbox(request):
    return render(request, "chat/inbox.html", _queue(request))


@require_GET
@requires("chat")
def queue(request):
    """The list alone, for live refresh; `current` is the conversation that stays marked."""
    return render(request, "chat/queue.html", _queue(request, current=request.GET.get("current", "")))


@require_GET
@requires("chat")
def conversation(request, id):
    talk = _own(request, id)
    _mark_read(talk)
    context = _queue(request, current=id) | _thread(talk)
    context |= {
        "quote_form": QuoteForm(talk=talk, initial={"client_msg_id": uuid4().hex}),
        "orders": Order.objects.of_shop(talk.shop).of_buyer(talk.buyer).prefetch_related("lines")[:5],
        "picks": Product.objects.published().filter(shop=talk.shop)[:PICKS],
        "message_id": uuid4().hex,
    }
    return render(request, "chat/conversation.html", context)


@require_GET
@requires("chat")
def thread(request, id):
    talk = _own(request, id)
    _mark_read(talk)
    return render(request, "chat/thread.html", _thread(talk))


@require_POST
@requires("chat")
def send_text(request, id):
    form = TextForm(request.POST)
    return _send(request, _own(request, id), form, services.send_text, lambda data: {"text": data["text"]})


@require_POST
@requires("chat")
def send_image(request, id):
    form = ImageForm(request.POST, request.FILES)
    return _send(request, _own(request, id), form, services.send_image, lambda data: {"image": data["image"]})


@require_POST
@requires("chat")
def send_product(request, id):
    form = ProductForm(request.POST)
    talk = _own(request, id)

    def product(data):
        return {"product": get_object_or_404(Product, public_id=data["product"], shop=talk.shop)}

    return _send(request, talk, form, services.send_product, product)


@require_POST
@requires("chat")
def send_quote(request, id):
    talk = _own(request, id)
    form = QuoteForm(request.POST, talk=talk)
    if form.is_valid():
        try:
            services.send_quote(conversation=talk, by=request.user, **form.terms())
        except DomainError as error:
            form.add_error(None, str(error))
    if form.errors:
        return render(request, "chat/quote_form.html", {"talk": talk, "quote_form": form}, status=422)
    response = HttpResponse(status=204)
    response["HX-Redirect"] = request.path.removesuffix("quote/")
    return response


def _send(request, talk: Conversation, form, service, content) -> HttpResponse:
    """Send and answer with the thread; what was refused is said beside it and nothing is lost."""
    error = ""
    if form.is_valid():
        data = form.cleaned_data
        try:
            service(
                conversation=talk,
                sender=SHOP,
                user=request.user,
                client_msg_id=data["client_msg_id"],
                **content(data),
            )
        except DomainError as refusal:
            error = str(refusal)
    else:
        error = next(iter(form.errors.values()))[0]
    if not request.htmx:
        return redirect("chat:conversation", id=talk.public_id)
    talk.refresh_from_db()
    context = _thread(talk) | {"error": error}
    response = render(request, "chat/thread.html", context, status=422 if error else 200)
    if not error:
        response["HX-Trigger"] = "wx:sent"
    return response


def _own(request, id: str) -> Conversation:
    mine = (
        Conversation.objects.filter(shop__merchant=request.membership.merchant)
        .with_blocks()
        .select_related("shop__merchant", "buyer")
    )
    return get_object_or_404(mine, public_id=id)


def _mark_read(talk: Conversation) -> None:
    services.mark_read(conversation=talk, side="shop", seq=talk.last_seq)


def _thread(talk: Conversation) -> dict:
    messages = list(selectors.messages_for(talk, side=SHOP).order_by("-seq")[:THREAD_LENGTH])
    return {"talk": talk, "thread": messages[::-1]}


def _queue(request, current: str = "") -> dict:
    view = request.GET.get("view", "all")
    shop = request.membership.merchant.shop
    talks = Conversation.objects.of_shop(shop).filter(last_seq__gt=0).select_related("buyer")
    waiting = talks.filter(waiting_since__isnull=False)
    tabs = [("all", _("All"), None), ("waiting", _("Waiting for you"), waiting.count())]
    rows = waiting.order_by("waiting_since") if view == "waiting" else talks
    page = Paginator(rows.annotate(unread=F("last_seq") - F("shop_read_seq")), QUEUE_LENGTH)
    return {"tabs": tabs, "view": view, "page": page.get_page(request.GET.get("page")), "current": current}
