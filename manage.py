#!/usr/bin/env python3
"""Weixuan's command line; the first call in a source checkout also installs what it needs."""

import os
import sys

# The demo, the tests and the benches bring their own database, so they run before Django is loaded.
OWN_COMMANDS = {"demo": "weixuan.run.demo", "test": "weixuan.run.testing", "bench": "weixuan.run.bench"}


def main():
    if sys.version_info < (3, 11):  # noqa: UP036 - said in words that an old Python can read
        sys.exit(
            "Weixuan needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Run it with a newer one,\n"
            "such as: python3.12 manage.py demo\n"
            "微选需要 Python 3.11 或更高版本，请换用较新的 Python，例如：python3.12 manage.py demo"
        )
    from importlib import import_module

    from weixuan.run import bootstrap
    from weixuan.run.messages import Stop

    try:
        bootstrap.ensure(sys.argv)
        if len(sys.argv) > 1 and sys.argv[1] in OWN_COMMANDS:
            sys.exit(import_module(OWN_COMMANDS[sys.argv[1]]).main(sys.argv[2:]))
    except Stop as stop:
        sys.exit(stop.show())
    except KeyboardInterrupt:
        sys.exit(130)  # an interrupted install is taken up by the next start
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "weixuan.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:  # a missing setting is named without a page of traceback
        sys.exit(str(error))


if __name__ == "__main__":
    main()
