"""`manage.py reindex`: make the stored search words of products and public answers as this release makes them."""

import time
from collections.abc import Iterator

from django.core.management import BaseCommand

from qa.services import reindex_public
from shops.services import reindex_products
from shops.services.reindexing import Done

# Between two lines of progress.
SECONDS = 2


class Command(BaseCommand):
    help = (
        "Make the search words of products and public answers anew where an earlier release cut them otherwise. May be "
        "run while everything is in use, killed, and run again: what is right already is only read."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--after", type=int, default=0, metavar="KEY", help="products: go on after this primary key"
        )

    def handle(self, *args, **options):
        self.run("products", reindex_products(after=options["after"]), " (--after %s goes on from here)")
        self.run("public answers", reindex_public())

    def run(self, what: str, batches: Iterator[Done], hint: str = "") -> None:
        read = changed = 0
        told = -float("inf")
        for done in batches:
            read, changed = read + done.read, changed + done.changed
            if time.monotonic() - told > SECONDS:
                told = time.monotonic()
                self.stdout.write(f"{what}: {read} read, {changed} changed{hint and hint % done.last}")
                self.stdout.flush()
        self.stdout.write(f"{what}: {read} read, {changed} changed, done")
