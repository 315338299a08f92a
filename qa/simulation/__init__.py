"""A seeded city of buyers and merchants that puts dispatching policies to the test, through the real services.

The people are made up, their habits drawn from a seed: how often and how fast a shop answers, when it works, what
it knows, how much it can bear. Nothing of that is known to the platform; it sees invitations, answers, passes and
adoptions, as in life. What runs in between is the product itself: understanding, matching, waves, deadlines, ranking,
adoption. Only three things are stood in for: the clock (time-machine), WeChat's content check (it passes everything),
and the worker (due outbox rows are run in order of their time).
"""

from .city import City, CitySize
from .figures import Figures
from .policies import POLICIES, Policy
from .run import simulate

__all__ = ["POLICIES", "City", "CitySize", "Figures", "Policy", "simulate"]
