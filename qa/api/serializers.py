"""The shapes that OpenAPI describes; the rows come from qa.selectors."""

from rest_framework import serializers

from shops.api.serializers import BadgeSerializer, CategoryNameSerializer, ProductCardSerializer

from ..models import Answer, Invitation, Question
from ..need import GUESSED, MODEL, SAID, TAPPED
from ..selectors.outlook import Ahead


class AskSerializer(serializers.Serializer):
    # The rule about length is the service's, with a code of its own.
    text = serializers.CharField(help_text="1 to 500 characters", trim_whitespace=False, allow_blank=True)
    city = serializers.CharField(required=False, default="", allow_blank=True, max_length=30)
    image = serializers.FileField(
        required=False, help_text="A picture of what is meant, with multipart/form-data; JPEG, PNG or WebP up to 10 MB"
    )


class ClarifySerializer(serializers.Serializer):
    value = serializers.CharField(
        required=False, allow_blank=True, max_length=60,
        help_text='One of the options; for a budget "<fen>-<fen>", for a day YYYY-MM-DD. "": any will do',
    )  # fmt: skip
    skip = serializers.BooleanField(required=False, default=False)

    def validate(self, attrs):
        if attrs["skip"] == ("value" in attrs):
            raise serializers.ValidationError({"value": ["value or skip"]})
        return attrs


class QuestionCardSerializer(serializers.Serializer):
    id = serializers.CharField()
    text = serializers.CharField()
    status = serializers.ChoiceField(Question.Status.choices)
    answer_count = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()


class FactSerializer(serializers.Serializer):
    slot = serializers.CharField()
    label = serializers.CharField()
    value = serializers.CharField()
    origin = serializers.ChoiceField(
        [SAID, TAPPED, GUESSED, MODEL], help_text="The buyer's own words, a tap, a guess by rules, a language model"
    )


class OptionSerializer(serializers.Serializer):
    value = serializers.CharField(allow_blank=True, help_text='"": any will do; "~": none of these')
    label = serializers.CharField()
    count = serializers.IntegerField(required=False, help_text="Products that would be left")


class ClarificationSerializer(serializers.Serializer):
    position = serializers.IntegerField()
    slot = serializers.CharField(help_text='category, budget, needed_by, "attribute:<name>" or "facet:<kind>"')
    prompt = serializers.CharField()
    options = OptionSerializer(many=True)
    answered = serializers.BooleanField()
    answer = serializers.CharField(allow_blank=True)
    skipped = serializers.BooleanField(help_text="Not answered, which is not the same as any will do")
    fitting_before = serializers.IntegerField(help_text="Products that fitted when it was asked")
    fitting_after = serializers.IntegerField(allow_null=True, help_text="And once it was answered")


class AskedShopNameSerializer(serializers.Serializer):
    id = serializers.CharField()
    name = serializers.CharField()
    logo = serializers.CharField(allow_blank=True)


class AskedShopSerializer(serializers.Serializer):
    shop = AskedShopNameSerializer()
    state = serializers.ChoiceField(Invitation.Status.choices)


class AnswerCardSerializer(serializers.Serializer):
    quote_id = serializers.CharField(help_text="Order it with POST /orders")
    product_id = serializers.CharField()
    title = serializers.CharField()
    sku_name = serializers.CharField(allow_blank=True)
    cover = serializers.CharField(allow_blank=True)
    price_fen = serializers.IntegerField()
    valid_until = serializers.DateTimeField()
    stock = serializers.IntegerField()


class ConditionSerializer(serializers.Serializer):
    slot = serializers.CharField()
    wish = serializers.CharField(help_text="The buyer's condition")
    verdict = serializers.ChoiceField(["met", "missed", "unknown"])
    word = serializers.CharField(help_text="What became of it, in a word or two")
    said = serializers.CharField(
        required=False, default="", allow_blank=True, help_text="The buyer's own words it was understood from"
    )


class AnswerSerializer(serializers.Serializer):
    id = serializers.CharField()
    status = serializers.ChoiceField(Answer.Status.choices)
    automatic = serializers.BooleanField(help_text="Prepared by the shop beforehand; show it as such")
    shop = AskedShopNameSerializer()
    persona_name = serializers.CharField(allow_blank=True)
    badge = BadgeSerializer(allow_null=True, help_text="The shop's proven expertise in this category")
    text = serializers.CharField()
    arrive_by = serializers.DateField(allow_null=True)
    promises = serializers.ListField(child=serializers.CharField())
    cards = AnswerCardSerializer(many=True)
    conditions = ConditionSerializer(many=True)
    met = serializers.IntegerField(help_text="How many of the conditions it meets")
    why = serializers.ListField(child=serializers.CharField(), help_text="At most two lines of why it fits")
    for_you = serializers.CharField(allow_blank=True, help_text="Why it is to the buyer's taste, where they want that")
    missing = serializers.ListField(child=serializers.CharField(), help_text="What the shop did not say")
    broken = serializers.ListField(child=serializers.CharField(), help_text="Which wishes it does not meet")
    shortlisted = serializers.BooleanField()
    visible_at = serializers.DateTimeField()
    conversation_id = serializers.CharField(allow_null=True)


class CompareCellSerializer(serializers.Serializer):
    answer_id = serializers.CharField()
    verdict = serializers.ChoiceField(["met", "missed", "unknown", "fact"])
    word = serializers.CharField()


class CompareRowSerializer(serializers.Serializer):
    kind = serializers.ChoiceField(["condition", "fact"])
    slot = serializers.CharField()
    label = serializers.CharField()
    said = serializers.CharField(allow_blank=True, help_text="The buyer's own words")
    cells = CompareCellSerializer(many=True, help_text="One for each of `answers`, in their order")


class ComparisonSerializer(serializers.Serializer):
    question_id = serializers.CharField()
    text = serializers.CharField()
    total = serializers.IntegerField(help_text="Answers there are")
    shortlisted = serializers.IntegerField()
    best_id = serializers.CharField(
        allow_null=True, help_text="Meets most conditions, then arrives first; null with fewer than two"
    )
    best_because = serializers.CharField(allow_blank=True)
    answers = AnswerSerializer(many=True, help_text="At most three columns, best for this buyer first")
    rows = CompareRowSerializer(many=True)


class ShortlistedSerializer(serializers.Serializer):
    id = serializers.CharField(source="public_id")
    shortlisted = serializers.BooleanField()


class PublicProductSerializer(serializers.Serializer):
    """What was recommended then, as it is today."""

    id = serializers.CharField()
    title = serializers.CharField()
    sku_name = serializers.CharField(allow_blank=True)
    cover = serializers.CharField(allow_blank=True)
    on_sale = serializers.BooleanField()
    price_fen = serializers.IntegerField(allow_null=True, help_text="Today's; null where it is no longer on sale")
    stock_state = serializers.ChoiceField(["in_stock", "low", "sold_out"])


class PublicAnswerSerializer(serializers.Serializer):
    """A question with the answer that its buyer chose, without what tells who that is."""

    id = serializers.CharField()
    question = serializers.CharField()
    text = serializers.CharField()
    automatic = serializers.BooleanField(help_text="Prepared by the shop beforehand; show it as such")
    category = CategoryNameSerializer(allow_null=True)
    shop = AskedShopNameSerializer()
    persona_name = serializers.CharField(allow_blank=True)
    badge = BadgeSerializer(allow_null=True, help_text="The shop's proven expertise in this category")
    products = PublicProductSerializer(many=True)
    helped = serializers.IntegerField(help_text="People whom it helped")
    not_helped = serializers.IntegerField()
    published_at = serializers.DateTimeField()
    url = serializers.CharField(help_text="Its page")


class QuestionSerializer(QuestionCardSerializer):
    image = serializers.CharField(allow_blank=True)
    city = serializers.CharField(allow_blank=True)
    category = CategoryNameSerializer(allow_null=True)
    facts = FactSerializer(many=True)
    clarifications = ClarificationSerializer(
        many=True, help_text="What was asked back, one after another; the last one stands open while clarifying"
    )
    fitting_products = serializers.IntegerField(allow_null=True, help_text="While clarifying: products that still fit")
    asked = AskedShopSerializer(many=True)
    answers = AnswerSerializer(many=True, help_text="Best for this buyer first")
    max_answers = serializers.IntegerField()
    seconds = serializers.IntegerField(help_text="Since the shops were asked")
    usual_first_answer_seconds = serializers.IntegerField(allow_null=True, help_text="Median of recent questions")
    dispatched_at = serializers.DateTimeField(allow_null=True)
    no_answer_at = serializers.DateTimeField(allow_null=True, help_text="When the buyer was told that nobody answered")
    suggestions = ProductCardSerializer(many=True)
    public_answers = PublicAnswerSerializer(
        many=True, help_text="What helped others who asked alike, while nobody has answered"
    )
    note = serializers.CharField(allow_blank=True, help_text="A word from the platform")
    ahead = serializers.ChoiceField(Ahead.choices, help_text="What happens by itself from here on")
    can_ask_again = serializers.BooleanField(help_text="POST …/ask-again, with a wider budget or without")
    wider_budget_fen = serializers.IntegerField(allow_null=True, help_text="A budget to ask again with")
    asked_again_at = serializers.DateTimeField(allow_null=True, help_text="When further shops are asked by themselves")
    conversation_id = serializers.CharField(allow_null=True, help_text="Of the adopted answer")


class AdoptedSerializer(serializers.Serializer):
    conversation_id = serializers.CharField()
