"""Run the local stand-in for WeChat and WeChat Pay."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management.base import BaseCommand

from wechat.sandbox.app import create_app
from wechat.sandbox.config import Config


class Command(BaseCommand):
    help = "Run the WeChat sandbox: WeChat's API, WeChat Pay's API, a phone page and a control page."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        default = Config(Path())
        parser.add_argument("--host", default="127.0.0.1", help="the sandbox trusts everybody who reaches it")
        parser.add_argument("--port", type=int, default=8002)
        parser.add_argument("--data", type=Path, default=settings.BASE_DIR / ".weixuan" / "sandbox")
        parser.add_argument("--public-url", default=settings.SANDBOX_PUBLIC_URL, help="its own address for browsers")
        parser.add_argument("--callback-url", default=settings.PUBLIC_URL, help="the platform's address")
        parser.add_argument("--oa-callback-path", default=default.oa_callback_path)
        parser.add_argument("--mini-callback-path", default=default.mini_callback_path)
        mini_url = f"{settings.PUBLIC_URL}/b/" if settings.PUBLIC_URL else default.mini_url
        parser.add_argument("--mini-url", default=mini_url, help="where pages of the mini-program open")
        parser.add_argument("--clock-speed", type=float, default=60.0, help="seconds of WeChat's work in a real one")
        parser.add_argument("--signtest-every", type=int, default=0, help="probe about every N-th notice")

    def handle(self, **options: Any) -> None:
        config = Config(
            data_dir=options["data"],
            public_url=options["public_url"] or f"http://{options['host']}:{options['port']}",
            callback_url=options["callback_url"],
            oa_callback_path=options["oa_callback_path"],
            mini_callback_path=options["mini_callback_path"],
            mini_url=options["mini_url"],
            clock_speed=options["clock_speed"],
            signtest_every=options["signtest_every"],
        )
        self.stdout.write(f"phone: {config.public_url}/phone/  control: {config.public_url}/control/")
        uvicorn.run(create_app(config), host=options["host"], port=options["port"], log_level="warning")
