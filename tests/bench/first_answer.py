"""Starts the site in this process and answers twice. `tests.bench.starting` runs it in a new one.

Reads the body of the request from standard input and the token from `BENCH_TOKEN`. Prints the
seconds of each step: wall time and processor time.
"""

import os
import sys
import time
from collections.abc import Callable

from tests.bench.wsgi_request import call


def main() -> None:
    body = sys.stdin.buffer.read()
    print("interpreter", 0.0, time.process_time())
    application = _measure("site", _load)
    for step in ("first answer", "second answer"):
        _measure(step, lambda: call(application, "/graphql/", body, os.environ["BENCH_TOKEN"]))
    sys.stdout.flush()
    os._exit(0)  # threads of the pool would otherwise be waited for


def _load() -> Callable[..., object]:
    from settings.wsgi import application

    return application


def _measure[Result](step: str, act: Callable[[], Result]) -> Result:
    began = time.perf_counter(), time.process_time()
    result = act()
    print(step.replace(" ", "_"), time.perf_counter() - began[0], time.process_time() - began[1])
    return result


if __name__ == "__main__":
    main()
