"""`manage.py test [pytest arguments]`: pytest with PostgreSQL and Redis of its own."""

import os

from . import embedded
from .messages import ROOT


def main(arguments: list[str]) -> int:
    """Run the tests; the arguments are pytest's.

    Returns:
        pytest's exit status.
    """
    os.chdir(ROOT)
    os.environ["WEIXUAN_ENV"] = "test"
    os.environ["WEIXUAN_NO_BOOTSTRAP"] = "1"  # for processes that tests start
    with embedded.running():
        import pytest

        return int(pytest.main(arguments))
