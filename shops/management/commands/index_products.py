"""`manage.py index_products`: make the optional index beside PostgreSQL (SEARCH_ENGINE); beat keeps it current."""

import time
from typing import Any

from django.core.management import BaseCommand, CommandError
from django.db import close_old_connections

from shops.search import index, indexing

FOLLOW_SECONDS = 2


class Command(BaseCommand):
    help = "Make the index of the products on sale anew and put it into use; one that was killed is taken up again."

    def add_arguments(self, parser):
        parser.add_argument(
            "--follow", action="store_true", help="keep this host's index current, where beat keeps another host's"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not index.is_installed():
            raise CommandError("No tantivy: install requirements/tantivy.txt.")
        try:
            if options["follow"]:
                self.follow()
            else:
                written = indexing.build(lambda done: self.stdout.write(f"{done} products"))
                self.stdout.write(f"{written} products written; the index is in use")
        except indexing.Busy as error:
            raise CommandError("Another build is running.") from error
        except index.Unusable as error:
            raise CommandError(f"The index is {error}: run manage.py index_products.") from error

    def follow(self) -> None:
        while True:
            try:
                if changed := indexing.catch_up():
                    self.stdout.write(f"{changed} changes")
            except indexing.Busy:
                pass
            close_old_connections()
            time.sleep(FOLLOW_SECONDS)
