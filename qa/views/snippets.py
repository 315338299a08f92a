"""常用语: the shop's phrases, and how they come into an answer."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chat.models import Conversation
from core.errors import DomainError
from merchants.permissions import requires
from shops import placeholders

from .. import services
from ..composing import compose, filling_of, filling_of_chat
from ..forms import SnippetForm, show_refusal
from ..models import Snippet
from .workbench import own_invitation, posted_draft

LONGEST_TITLE = 12


def blanks() -> list[tuple[str, str]]:
    """The buttons that put a blank into the words: (what is inserted, what the button says)."""
    return [(placeholders.spelled(name), label) for name, label in placeholders.LABELS.items()]


@require_http_methods(["GET", "POST"])
@requires("answer")
def snippets(request, snippet_id=None):
    """All phrases, and the form for a new one or for the one that is being changed."""
    shop = request.membership.merchant.shop
    snippet = get_object_or_404(Snippet, shop=shop, public_id=snippet_id) if snippet_id else None
    form = SnippetForm(request.POST or None, initial={"title": snippet.title, "text": snippet.text} if snippet else {})
    if request.method == "POST" and form.is_valid():
        try:
            services.save_snippet(shop=shop, by=request.user, snippet=snippet, **form.cleaned_data)
        except DomainError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("Saved"))
            return redirect("qa:snippets")
    context = {"form": form, "snippet": snippet, "snippets": shop.snippets.all(), "blanks": blanks(), "tab": "snippets"}
    return render(request, "qa/snippets.html", context, status=422 if form.errors else 200)


@require_POST
@requires("answer")
def delete(request, snippet_id):
    shop = request.membership.merchant.shop
    services.delete_snippet(snippet=get_object_or_404(Snippet, shop=shop, public_id=snippet_id), by=request.user)
    messages.success(request, _("Deleted"))
    return redirect("qa:snippets")


@require_POST
@requires("answer")
def menu(request, invitation_id):
    """The phrases with their blanks filled from what is in the form now."""
    invitation = own_invitation(request, invitation_id)
    filling = filling_of(invitation, compose(invitation, posted_draft(request)))
    rows = [(row.title, placeholders.fill(row.text, filling)) for row in invitation.shop.snippets.all()]
    return render(request, "qa/snippet_menu.html", {"snippets": rows})


@require_GET
@requires("chat")
def chat_menu(request, id):
    """The phrases for a chat, with their blanks filled from the answer that opened it."""
    shop = request.membership.merchant.shop
    talk = get_object_or_404(Conversation, shop=shop, public_id=id)
    filling = filling_of_chat(talk)
    rows = [(row.title, placeholders.fill(row.text, filling)) for row in shop.snippets.all()]
    return render(request, "qa/snippet_menu.html", {"snippets": rows})


@require_POST
@requires("answer")
def keep(request, invitation_id) -> HttpResponse:
    """What was written too late becomes a phrase for the next buyer."""
    invitation = own_invitation(request, invitation_id)
    text = invitation.draft.get("text", "")
    title = placeholders.wish_of(text)[:LONGEST_TITLE]
    try:
        snippet = services.save_snippet(shop=invitation.shop, by=request.user, title=title, text=text)
    except DomainError as error:
        fields = getattr(error, "fields", None) or {}
        messages.error(request, next((found[0] for found in fields.values()), str(error)))
        return redirect("qa:workbench", invitation_id)
    messages.success(request, _("Kept as a phrase"))
    return redirect(reverse("qa:snippet", args=[snippet.public_id]))
