"""`python -m weixuan.run.probe PART`: a container's health check. Exit status 0 where the part is well.

PART is `web` (ready for traffic), `ws` (takes connections) or `beat` (a worker
ran what beat sent within the last minute).
"""

import os
import socket
import sys
import time
import urllib.error
import urllib.request

LATE_SECONDS = 60


def web(port: int = 8000) -> bool:
    # Asked by its own name, as any other is refused (ALLOWED_HOSTS).
    host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].lstrip(".") or "localhost"
    request = urllib.request.Request(f"http://127.0.0.1:{port}/readyz", headers={"Host": host})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=5) as answer:
        return bool(answer.status == 200)


def ws(port: int = 8001) -> bool:
    socket.create_connection(("127.0.0.1", port), timeout=5).close()
    return True


def beat() -> bool:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "weixuan.settings")
    import django

    django.setup()
    from weixuan.health import worker_age

    age = worker_age()
    return age is not None and age < LATE_SECONDS


PARTS = {"web": web, "ws": ws, "beat": beat}


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or arguments[0] not in PARTS:
        sys.stderr.write(f"usage: python -m weixuan.run.probe {'|'.join(PARTS)}\n")
        return 2
    began = time.monotonic()
    try:
        well = PARTS[arguments[0]]()
    except OSError as error:
        sys.stderr.write(f"{arguments[0]}: {error}\n")
        well = False
    sys.stderr.write(f"{arguments[0]}: {'well' if well else 'not well'} after {time.monotonic() - began:.1f} s\n")
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
