from typing import Any

from django.core.management import BaseCommand, CommandParser

from weixuan.demo.seed import seed


class Command(BaseCommand):
    help = "Fill an empty installation with the demo's shops, products, people and stories; safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--shops", type=int, help="only the first so many shops, and no stories")

    def handle(self, *args: Any, **options: Any) -> None:
        seed(say=self.stdout.write, limit=options["shops"])
