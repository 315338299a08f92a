"""What a purchase costs the conversation that it is told in."""

from chat import services


def test_a_note_costs_few_queries(shop, buyer, django_assert_num_queries):
    """Lock with both sides, look for the same note, insert, count up; 2 more for the savepoint."""
    conversation = services.open_conversation(shop=shop, buyer=buyer)
    with django_assert_num_queries(6):
        services.post_note(conversation=conversation, key="k", note={"code": "qa.answer_adopted", "text": "好"})
