"""Every weight of the ranking, in one place.

The shares say what an answer's score is made of; they sum to 1. The need comes first by a wide margin: among answers
to five conditions, no taste lifts one that breaks a wish over one that merely leaves it open. No share is for sale: nothing that a
merchant pays is read anywhere in qa.ranking (tests/architecture/test_rank_has_no_price.py).
"""

# A condition that is left open is worth less than a kept one, and more than a broken one.
WORTH = {"met": 1.0, "unknown": 0.35, "missed": 0.0}
# The need's share when the buyer named no condition.
NO_CONDITIONS = 0.5

NEED, PRICE, EARLY, RECORD, TASTE = 0.76, 0.07, 0.04, 0.08, 0.05
# Days ahead of the wanted day beyond which earlier is no better.
EARLY_DAYS = 10

# The shop's record: how often it is chosen, how it served, whether it sent in time what it promised.
RECORD_PARTS = {"chosen": 0.4, "served": 0.3, "kept": 0.3}
# (rate, weight): a shop without a record is believed to do so well, with the weight of so many answers.
CHOSEN_PRIOR, SERVED_PRIOR, KEPT_PRIOR = (0.2, 10), (0.8, 5), (0.9, 5)
# Chosen so often is as good as can be: there are five answers to a question.
CHOSEN_FULL = 0.4

# This buyer's taste: a shop they know, values, prices and categories they choose.
TASTE_PARTS = {"shop": 0.4, "values": 0.3, "price": 0.2, "category": 0.1}
KNOWN_SHOP = {"bought": 1.0, "chosen": 0.8, "followed": 0.7}
# So often before it is called a taste.
LEAST_VALUES, LEAST_PRICES = 2, 3

# How much an answer that resembles one above it steps back. Too little to pass over a kept condition.
DIVERSITY = 0.06
ALIKE = {"title": 0.5, "values": 0.3, "price": 0.2}
