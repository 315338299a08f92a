"""`manage.py count_words`: count how many products each search word stands in; beat does it each quarter of an hour."""

from typing import Any

from django.core.management import BaseCommand

from shops.search.frequencies import count


class Command(BaseCommand):
    help = "Count in how many products each search word stands, for the ranking of searches."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{count()} words counted")
