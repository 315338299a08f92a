"""What the category picker offers while somebody types; the tree is everybody's, what a shop sells is its own."""

from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.permissions import signed_in
from shops import categories
from shops.forms import WORDS


@signed_in
@require_GET
def category_choices(request):
    """`picker`: the id of the field; `inner`: whether one that has others below it is chosen or opened; and the words,
    under the field's own name."""
    shop = request.membership.merchant.shop if request.membership and not request.GET.get("inner") else None
    words = next((value for name, value in request.GET.items() if name.endswith(WORDS)), "")
    context = {
        "found": categories.look_up(words, shop=shop),
        "words": words.strip(),
        "picker": request.GET.get("picker", "")[:40],
        "inner": request.GET.get("inner", ""),
    }
    return render(request, "parts/category_choices.html", context)
