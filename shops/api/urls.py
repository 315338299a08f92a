from django.urls import path

from . import blocks, views

urlpatterns = [
    path("categories", views.Categories.as_view(), name="categories"),
    path("categories/<slug:category_id>", views.CategoryDetail.as_view(), name="category"),
    path("products", views.Products.as_view(), name="products"),
    path("products/<slug:product_id>", views.ProductDetail.as_view(), name="product"),
    path("shops/<slug:shop_id>", views.ShopDetail.as_view(), name="shop"),
    path("shops/<slug:shop_id>/block", blocks.BlockView.as_view(), name="block"),
    path("blocks", blocks.BlocksView.as_view(), name="blocks"),
    path("shops/<slug:shop_id>/products", views.ShopProducts.as_view(), name="shop-products"),
]
