"""The model of P(answers if asked): train it, compare it with the rates, take it back."""

from django.core.management import BaseCommand, CommandError

from core.errors import DomainError
from qa.models import RoutingModel, Stage
from qa.services import routing


class Command(BaseCommand):
    help = (
        "Train a model of answering on past invitations, compare it with the smoothed rates on the last days, which "
        "it hasn't seen, and put it into use where it is better. Without enough outcomes the rates go on deciding."
    )

    def add_arguments(self, parser):
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--compare", action="store_true", help="train and compare, but leave what is in use")
        what.add_argument("--rollback", action="store_true", help="back to the model before, or to the rates")
        what.add_argument("--list", action="store_true", help="the models there are")

    def handle(self, *args, **options):
        if options["list"]:
            return self._list()
        try:
            return self._roll_back() if options["rollback"] else self._train(options["compare"])
        except DomainError as error:
            raise CommandError(str(error.message)) from error
        except ImportError as error:
            raise CommandError("LightGBM is not installed: requirements/learning.txt") from error

    def _train(self, only_compare: bool) -> None:
        candidate = routing.train_routing()
        self.stdout.write(f"{candidate.version}: {candidate.rows} outcomes, {candidate.held_back_rows} held back")
        for name in ("model", "rates"):
            numbers = ", ".join(f"{key} {value}" for key, value in candidate.metrics[name].items())
            self.stdout.write(f"  {name}: {numbers}")
        if not routing.is_better(candidate):
            self.stdout.write("Not better than the rates; nothing changes.")
        elif only_compare:
            self.stdout.write("Better than the rates; not put into use (--compare).")
        else:
            routing.activate_model(candidate=candidate, by=None)
            self.stdout.write("Better than the rates; put into use.")

    def _roll_back(self) -> None:
        before = routing.roll_back_model(by=None)
        self.stdout.write(f"In use: {before.version if before else 'the rates'}")

    def _list(self) -> None:
        for row in RoutingModel.objects.defer("payload"):
            mark = "*" if row.stage == Stage.ACTIVE else " "
            self.stdout.write(f"{mark} {row.version} {row.stage} {row.metrics.get('model', {})}")
