"""People who use Weixuan as people do: over the public API with one hand, on the sandbox's phone with the other.

The demo's crowd, the story tests and the purchase bench all act through these.
"""

from .client import Client, Refused
from .people import Buyer, Phone, Staff

__all__ = ["Buyer", "Client", "Phone", "Refused", "Staff"]
