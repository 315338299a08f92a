"""Bring the demo's database up to date and make sure its story is in it."""

from typing import Any

from django.core.management import BaseCommand, call_command


class Command(BaseCommand):
    help = "Migrate and seed the demo's database; `manage.py demo` calls it at each start."

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", verbosity=0, interactive=False)
        call_command("seed_demo")
