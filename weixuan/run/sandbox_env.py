"""Print the .env lines that point an installation at its WeChat sandbox.

`docker compose --profile sandbox run --rm --no-deps sandbox python -m weixuan.run.sandbox_env >> .env`
"""

import sys
from pathlib import Path


def lines(folder: Path, address: str) -> list[str]:
    """One NAME="value" a line; a key's line breaks are written as \\n.

    Args:
        folder: where the sandbox keeps its keys; made there on the first call.
        address: the sandbox as the other processes reach it.
    """
    from wechat.sandbox import credentials

    found = credentials.ensure(folder, address)
    escaped = {name: value.strip().replace("\n", "\\n") for name, value in found.items()}
    return [f'{name}="{value}"' for name, value in escaped.items()]


if __name__ == "__main__":
    given = sys.argv[1:]
    folder, address = (*given, *("/data/sandbox", "http://sandbox:8002")[len(given) :])
    sys.stdout.write("\n".join(lines(Path(folder), address)) + "\n")
