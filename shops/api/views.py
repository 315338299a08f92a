from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.pagination import CursorPagination
from core.api.permissions import Anyone
from core.errors import NotFound
from shops import selectors
from shops.models import Shop

from . import serializers


class ProductPagination(CursorPagination):
    """A search is best first, everything else newest first; the selector has ordered the rows."""

    def get_ordering(self, request, queryset, view):
        # Words that mean nothing search for nothing.
        is_search = request.query_params.get("q") and "matches" in queryset.query.annotations
        return ("-matches", "-sold", "-id") if is_search else ("-id",)


class ProductList(generics.GenericAPIView):
    """Rows of a page, without a serializer between the query and the reply."""

    permission_classes = [Anyone]
    pagination_class = ProductPagination
    serializer_class = serializers.ProductCardSerializer

    def reply(self, rows):
        page = self.paginate_queryset(rows)
        return self.get_paginated_response([selectors.product_card(row) for row in page])


@extend_schema(
    summary="Products on sale",
    parameters=[serializers.ProductFilterSerializer],
    responses=serializers.ProductCardSerializer(many=True),
)
class Products(ProductList):
    def get(self, request):
        given = {name: request.GET[name] for name in ("q", "category", "shop") if request.GET.get(name)}
        if given:
            filters = serializers.ProductFilterSerializer(data=given)
            filters.is_valid(raise_exception=True)
            given = filters.validated_data
        hidden = selectors.blocked_by(request.user)
        if not given and not hidden and "cursor" not in request.GET:
            return self.reply(selectors.newest_cards(self.paginator.get_page_size(request) + 1))
        return self.reply(
            selectors.product_cards(
                query=given.get("q", ""), category=given.get("category", ""), shop=given.get("shop", ""), hidden=hidden
            )
        )


@extend_schema(summary="A shop's products on sale", responses=serializers.ProductCardSerializer(many=True))
class ShopProducts(ProductList):
    def get(self, request, shop_id):
        if not Shop.objects.open().filter(public_id=shop_id).exists():
            raise NotFound
        return self.reply(selectors.product_cards(shop=shop_id))


@extend_schema(summary="A product on sale", responses=serializers.ProductDetailSerializer)
class ProductDetail(APIView):
    permission_classes = [Anyone]

    def get(self, request, product_id):
        return Response(selectors.product_detail(product_id))


@extend_schema(summary="A shop", responses=serializers.ShopSerializer)
class ShopDetail(APIView):
    permission_classes = [Anyone]

    def get(self, request, shop_id):
        return Response(selectors.shop_page(shop_id))


@extend_schema(
    summary="Categories, parents first",
    description="Without `parent` the tree from the top: whole levels, as long as they are "
    f"{selectors.CATEGORIES_AT_ONCE} at most together. The first is always whole.",
    parameters=[
        serializers.CategoryFilterSerializer,
        OpenApiParameter("limit", exclude=True),
        OpenApiParameter("cursor", exclude=True),
    ],
    responses=serializers.CategorySerializer(many=True),
)
class Categories(APIView):
    permission_classes = [Anyone]

    def get(self, request):
        filters = serializers.CategoryFilterSerializer(data=request.GET)
        filters.is_valid(raise_exception=True)
        parent = filters.validated_data.get("parent")
        return Response(selectors.category_levels() if parent is None else selectors.category_children(parent))


@extend_schema(summary="A category with its attributes", responses=serializers.CategoryDetailSerializer)
class CategoryDetail(APIView):
    permission_classes = [Anyone]

    def get(self, request, category_id):
        return Response(selectors.category_detail(category_id))
