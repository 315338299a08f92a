"""Put dispatching policies to the test in a made-up city, and draw the comparison."""

from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError
from django.utils import timezone

from qa.models import Question
from qa.simulation import POLICIES, City, CitySize, Figures, pictures, simulate
from qa.simulation.report import page, table

MIDNIGHT = datetime(2026, 1, 5)  # noqa: DTZ001 - of the site's time zone


class Command(BaseCommand):
    help = (
        "Let a seeded city of buyers and shops live some days under each policy, through the real services with a "
        "moved clock. Needs a database of its own, as `manage.py bench simulate` brings; it removes all questions."
    )

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--policy", action="append", choices=sorted(POLICIES), help="all of them without one")
        parser.add_argument("--shops", type=int, default=CitySize.shops)
        parser.add_argument("--questions", type=int, default=CitySize.questions, help="a day")
        parser.add_argument("--days", type=int, default=CitySize.days, help="measured days")
        parser.add_argument("--warm-up", type=int, default=CitySize.warm_up_days, help="days before those")
        parser.add_argument("--spread", type=float, default=CitySize.spread, help="of shops' sizes; 0: all alike")
        parser.add_argument("--seed", type=int, default=CitySize.seed)
        parser.add_argument("--report", type=Path, help="write the comparison as a page with pictures")
        parser.add_argument("--pictures", type=Path, help="write the comparison's pictures into this folder, as SVG")
        parser.add_argument("--yes", action="store_true", help="the questions in this database may go")

    def handle(self, *args: Any, **options: Any) -> None:
        if Question.objects.exists() and not options["yes"]:
            raise CommandError(
                "There are questions in this database, and the simulation removes them all. "
                "Use an empty one (python3 manage.py bench simulate brings its own), or say --yes."
            )
        size = CitySize(
            shops=options["shops"],
            questions=options["questions"],
            warm_up_days=options["warm_up"],
            days=options["days"],
            spread=options["spread"],
            seed=options["seed"],
        )
        city = City(size, timezone.make_aware(MIDNIGHT))
        results: dict[str, Figures] = {}
        for name in options["policy"] or POLICIES:
            results[name] = simulate(city, POLICIES[name], progress=partial(self._tell, name))
        self.stdout.write(table(results))
        if options["report"]:
            options["report"].write_text(page(size, results), encoding="utf-8")
            self.stdout.write(f"\n{options['report']}")
        if options["pictures"]:
            self.stdout.write("\n".join(map(str, pictures.write(options["pictures"], results))))

    def _tell(self, name: str, share: float) -> None:
        self.stderr.write(f"{name}: {share:.0%}", ending="\r")
