"""Sandboxes in their own processes, and requests over connections that stay open."""

import http.client
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

ROOT = Path(__file__).parents[2]
HEADERS = {
    "Authorization": "Bearer sk_test_bench",
    "Content-Type": "application/x-www-form-urlencoded",
}
PAYMENT = {
    "amount": "2000",
    "currency": "usd",
    "confirm": "true",
    "payment_method": "pm_card_visa",
    "automatic_payment_methods[enabled]": "true",
    "automatic_payment_methods[allow_redirects]": "never",
}


@dataclass(frozen=True)
class Server:
    """A server in another process."""

    url: str
    pid: int
    seconds_to_answer: float

    def connect(self) -> "Connection":
        return Connection(self.url)

    def resident_megabytes(self) -> float:
        return read_memory(self.pid)


class Connection:
    """One connection for consecutive requests, like the SDK's."""

    def __init__(self, url: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)

    def call(
        self, method: str, path: str, form: dict[str, str] | None = None, key: str | None = None
    ) -> dict[str, Any]:
        headers = HEADERS | ({"Idempotency-Key": key} if key else {})
        body = urlencode(form) if form is not None else None
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        content: dict[str, Any] = json.loads(answer.read())
        if answer.status != 200:
            raise RuntimeError(f"{method} {path}: {answer.status} {content}")
        return content

    def pay(self, key: str | None = None, customer: str | None = None) -> dict[str, Any]:
        owner = {"customer": customer} if customer else {}
        return self.call("POST", "/v1/payment_intents", PAYMENT | owner, key)

    def list_all(self, path: str) -> Iterator[dict[str, Any]]:
        """Newest first."""
        after = ""
        while True:
            page = self.call("GET", f"{path}?limit=100{after}")
            yield from page["data"]
            if not page["has_more"]:
                return
            after = f"&starting_after={page['data'][-1]['id']}"

    def close(self) -> None:
        self._connection.close()


def make_payments(
    server: Server, count: int, clients: int = 4, customers: Sequence[str | None] = (None,)
) -> None:
    """Three events each, for the customers in turn."""

    def pay(numbers: range) -> None:
        connection = server.connect()
        for number in numbers:
            connection.pay(customer=customers[number % len(customers)])
        connection.close()

    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(pay, [range(first, count, clients) for first in range(clients)]))


def read_memory(pid: int) -> float:
    """The resident memory in megabytes, as Linux counts it."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (size,) = [line.split()[1] for line in lines if line.startswith("VmRSS:")]
    return int(size) / 1024


@dataclass(frozen=True)
class Memory:
    """In megabytes. `proportional` counts a page that three processes share as a third."""

    resident: float
    unique: float
    proportional: float

    @classmethod
    def read(cls, pid: int) -> "Memory":
        sizes = {}
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
            name, size, _unit = line.split()
            sizes[name] = int(size) / 1024
        unique = sizes["Private_Clean:"] + sizes["Private_Dirty:"]
        return cls(sizes["Rss:"], unique, sizes["Pss:"])


def list_family(pid: int) -> list[int]:
    """The process and all its descendants."""
    family = [pid]
    for parent in family:
        for children in Path(f"/proc/{parent}/task").glob("*/children"):
            family += map(int, children.read_text().split())
    return family


@contextmanager
def running(*arguments: str, module: str = "payments_graphql.sandbox") -> Iterator[Server]:
    """Starts a server, waits for its first answer, and stops it in the end."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", module, "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().split()[2]
        connection = Connection(url)
        connection.call("GET", "/v1/customers")
        connection.close()
        yield Server(url, process.pid, time.perf_counter() - began)
    finally:
        process.terminate()
        process.wait()
