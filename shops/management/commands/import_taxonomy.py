"""`manage.py import_taxonomy DIR`: categories with attributes and values from files in Shopify's taxonomy format."""

from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError

from shops.errors import TaxonomyUnreadable
from shops.services.taxonomy import MOST_VALUES, import_taxonomy


class Command(BaseCommand):
    help = (
        "Import categories, attributes and values (categories.txt, attributes.txt, attribute_values.txt, attributes.yml, "
        "categories/*.yml). What is there already stays as it is, so a run may be repeated."
    )

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path)
        parser.add_argument("--only", default="", metavar="CODE", help="only this category and what is below it: el")
        parser.add_argument("--most-values", type=int, default=MOST_VALUES, help="values of an attribute at most")

    def handle(self, *args: Any, **options: Any) -> None:
        def progress(done: int, total: int) -> None:
            self.stderr.write(f"{done} of {total} categories")

        try:
            outcome = import_taxonomy(
                options["folder"], only=options["only"], most_values=options["most_values"], progress=progress
            )
        except TaxonomyUnreadable as error:
            raise CommandError(str(error)) from error
        for place, problem in outcome.errors:
            self.stderr.write(f"{place}: {problem}")
        self.stdout.write(
            f"{outcome.categories} categories, {outcome.attributes} attributes and {outcome.values} values made; "
            f"{outcome.known} categories were there; {len(outcome.errors)} rows left out"
        )
