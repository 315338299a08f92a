from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from weixuan.crowd.city import demo_city


class Command(BaseCommand):
    help = "Let simulated buyers and shops live in the demo, over the public API, until Ctrl-C."

    def add_arguments(self, parser):
        parser.add_argument("--buyers", type=int, default=6)

    def handle(self, *, buyers, **options):
        if not settings.SANDBOX_PUBLIC_URL:
            raise CommandError("A crowd needs the WeChat sandbox: run it with `manage.py demo --crowd`.")
        city = demo_city()
        threads = city.start(buyers=buyers)
        self.stdout.write(f"{len(threads)} people live here")
        for thread in threads:
            thread.join()
