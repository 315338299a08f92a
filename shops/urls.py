from django.urls import path, re_path

from .views import categories, imports, product_form, products, settings

app_name = "shops"
urlpatterns = [
    path("products/", products.product_list, name="products"),
    path("products/bulk/", products.bulk, name="product_bulk"),
    path("products/publish/", products.publish, name="product_publish"),
    path("products/withdraw/", products.withdraw, name="product_withdraw"),
    path("products/new/", product_form.product_new, name="product_new"),
    path("products/values/", product_form.product_values, name="product_values"),
    path("products/import/", imports.product_imports, name="product_imports"),
    re_path(
        r"^products/import/template\.(?P<kind>csv|xlsx)$",
        imports.product_import_template,
        name="product_import_template",
    ),
    path("products/import/<slug:import_id>/", imports.product_import, name="product_import"),
    path("products/import/<slug:import_id>/errors.csv", imports.product_import_errors, name="product_import_errors"),
    path("products/<slug:product_id>/", product_form.product, name="product"),
    path("products/<slug:product_id>/images/", product_form.product_images, name="product_images"),
    path("products/<slug:product_id>/images/<slug:image_id>/", product_form.product_image, name="product_image"),
    path("categories/", categories.category_choices, name="categories"),
    path("shop/", settings.settings, name="settings"),
    path("shop/taking/", settings.taking_questions, name="taking_questions"),
]
