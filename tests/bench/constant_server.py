"""The sandbox's HTTP server with a constant answer, to measure the sandbox's own share."""

import argparse
import threading
import time

from payments_graphql.sandbox.http_server import HttpServer
from payments_graphql.sandbox.messages import HttpAnswer, HttpRequest


class Constant:
    """As many bytes as a payment intent has."""

    def __init__(self) -> None:
        self._answer = HttpAnswer.json(200, {"id": "pi_constant", "filling": "x" * 2000})

    def answer(self, request: HttpRequest) -> HttpAnswer:
        del request
        return self._answer


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    server = HttpServer("127.0.0.1", parser.parse_args().port)
    server.serve(Constant(), Constant(), time.time)
    print(f"Constant at http://127.0.0.1:{server.port}", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
