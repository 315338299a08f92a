"""The shapes that OpenAPI describes. The rows themselves come from selectors: see there why."""

from rest_framework import serializers


class ShopNameSerializer(serializers.Serializer):
    id = serializers.CharField()
    name = serializers.CharField()


class CategoryNameSerializer(serializers.Serializer):
    id = serializers.CharField()
    name = serializers.CharField()


class ProductCardSerializer(serializers.Serializer):
    id = serializers.CharField()
    title = serializers.CharField()
    price_from_fen = serializers.IntegerField(help_text="Lowest price of a variant, in fen")
    cover = serializers.CharField(help_text="Address of a picture of at most 400 px, or empty")
    stock_state = serializers.ChoiceField(["in_stock", "low", "sold_out"])
    sold = serializers.IntegerField(help_text="Units sold and paid")
    shop = ShopNameSerializer()


class ProductImageSerializer(serializers.Serializer):
    url = serializers.CharField()
    thumbnail = serializers.CharField(help_text="At most 400 px")
    width = serializers.IntegerField()
    height = serializers.IntegerField()


class SkuSerializer(serializers.Serializer):
    id = serializers.CharField()
    name = serializers.CharField(help_text="Empty when the product has only one variant")
    price_fen = serializers.IntegerField()
    stock = serializers.IntegerField()


class AttributeSerializer(serializers.Serializer):
    name = serializers.CharField()
    values = serializers.ListField(child=serializers.CharField())


class ProductDetailSerializer(ProductCardSerializer):
    description = serializers.CharField()
    category = CategoryNameSerializer(allow_null=True)
    images = ProductImageSerializer(many=True)
    skus = SkuSerializer(many=True)
    values = AttributeSerializer(many=True)


class PersonaSerializer(serializers.Serializer):
    name = serializers.CharField()
    voice = serializers.CharField()
    avatar = serializers.CharField(help_text="Address of the picture, or empty")


class BadgeSerializer(serializers.Serializer):
    """Expertise that people's feedback has proven; nobody can buy it."""

    category = CategoryNameSerializer()
    answers = serializers.IntegerField(help_text="Public answers of this category that helped people")
    words = serializers.CharField()


class ShopSerializer(serializers.Serializer):
    id = serializers.CharField()
    name = serializers.CharField()
    logo = serializers.CharField(help_text="Address of the picture, or empty")
    introduction = serializers.CharField()
    city = serializers.CharField()
    takes_questions = serializers.BooleanField()
    persona = PersonaSerializer()
    promises = serializers.ListField(child=serializers.CharField())
    product_count = serializers.IntegerField()
    badges = BadgeSerializer(many=True)


class CategorySerializer(serializers.Serializer):
    id = serializers.CharField()
    name = serializers.CharField()
    parent_id = serializers.CharField(allow_null=True)
    has_children = serializers.BooleanField(help_text="Ask for them with ?parent= where they are not in the list")


class CategoryDetailSerializer(CategorySerializer):
    attributes = AttributeSerializer(many=True)


class CategoryFilterSerializer(serializers.Serializer):
    parent = serializers.CharField(
        required=False, allow_blank=True, max_length=20, help_text="Right below this category; empty: the top alone"
    )


class ProductFilterSerializer(serializers.Serializer):
    q = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=60, help_text="Words, best first"
    )
    category = serializers.CharField(required=False, default="", allow_blank=True, max_length=20)
    shop = serializers.CharField(required=False, default="", allow_blank=True, max_length=20)
