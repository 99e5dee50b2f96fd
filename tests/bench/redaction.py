"""Hostile texts against every pattern that clients meet: `python -m tests.bench.redaction`.

Each text repeats a few words that the patterns look for, at increasing lengths. The processor time
per byte must stay flat: a pattern that repeats scans takes twice as long per byte for a text twice
as long. No text is cut here, although the log cuts each at 2 kB.
"""

import argparse
import random
import sys
import time
from collections.abc import Callable, Iterator
from itertools import product

from tests.bench.program import run
from tests.bench.report import Report

SHORT, LONG, LONGEST = 2_000, 16_000, 128_000
"""Bytes."""
AT_MOST = 3.0
"""How much the time per byte may grow from an eighth of the length: flat, except for noise."""
WORDS = (
    "token", "password", "pass", "secret", "_secret_", "authorization", "cookie", "cvc", "bearer",
    "basic", "sk_live_", "whsec_", "c2tfbGl2ZV8", "://", "%3a%2f%2f", "=", "=>", ":", ",", "[", "]",
    '"', "'", "\\", '\\"', "b'", " ", "\n", "-", ".", "_", "/", "%20", "%5f", "%40", "%", "@", "a",
    "f", "4", "42", "4242", "٤", "\u200b", "\\u200b", "{", "&", "(", "é",
)  # fmt: skip
ENDINGS = ("", "\n", '"', "@", "x")


def measure(report: Report, arguments: argparse.Namespace) -> None:
    from payments_graphql import money, secret_texts
    from payments_graphql.log_redaction import redact
    from schema.http import media_types

    functions: dict[str, Callable[[str], object]] = {
        "redaction": secret_texts._redact,
        "amounts": money.is_decimal,
        "media types": media_types.parse_media_type,
    }
    texts = list(make_texts(arguments.triples))
    report.tell("texts", len(texts))
    for name, function in functions.items():
        growth, slowest, text = find_worst(function, texts)
        report.tell(f"{name}: growth of the time per byte", growth, at_most=AT_MOST)
        report.tell(f"{name}: the slowest", slowest * 1e6, "us/B", at_most=20)
        print(f"  {text!r}")
    agent = "token=[," * 25_000
    event = {"event": "request_started", "user_agent": agent, "list": [agent] * 10_000}
    began = time.process_time()
    redact(None, "info", event)
    report.tell("an event with 10,000 texts of 200 kB", (time.process_time() - began) * 1e3, "ms")


def make_texts(triples: int) -> Iterator[tuple[str, str]]:
    """What is repeated, and what comes at the end."""
    chance = random.Random(7)
    units = ["".join(words) for length in (1, 2) for words in product(WORDS, repeat=length)]
    units += ["".join(chance.choices(WORDS, k=chance.randint(3, 5))) for _ in range(triples)]
    for unit in units:
        yield unit, chance.choice(ENDINGS)


def find_worst(
    function: Callable[[str], object], texts: list[tuple[str, str]]
) -> tuple[float, float, str]:
    """The largest growth and the slowest time per byte, and the text that grew the most."""
    worst, slowest, found = 0.0, 0.0, ""
    for unit, ending in texts:
        short, long = (time_per_byte(function, unit, ending, size) for size in (SHORT, LONG))
        slowest = max(slowest, long)
        if long > 2 * short and long > 2e-8:  # if it was noise, it will not repeat
            long = time_per_byte(function, unit, ending, LONGEST)
            short = time_per_byte(function, unit, ending, LONG)
            if long / short > worst:
                worst, found = long / short, unit
    return worst, slowest, found


def time_per_byte(function: Callable[[str], object], unit: str, ending: str, size: int) -> float:
    text = (unit * (size // len(unit) + 1))[:size] + ending
    times = []
    for _ in range(2):
        began = time.process_time()
        function(text)
        times.append(time.process_time() - began)
    return min(times) / len(text)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--triples", type=int, default=1500, help="texts of three to five words")
    return run(parser, measure)


if __name__ == "__main__":
    sys.exit(main())
