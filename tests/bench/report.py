"""Results and their goals, as a plain table."""

import os
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.bench.processes import read_memory

__all__ = ["Report", "percentile"]


@dataclass
class Report:
    """A missed goal is reported. Only a wrong result makes the program fail."""

    missed: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def introduce(self) -> None:
        """Other load on the machine affects the times: judge them by this."""
        busy = os.getloadavg()[0] / (os.cpu_count() or 1)
        self.tell("others waiting for each processor, last minute", busy)
        began = time.perf_counter(), time.process_time()
        sum(number * number for number in range(2_000_000))
        self.tell("a sum of 2,000,000 squares", (time.perf_counter() - began[0]) * 1000, "ms")
        self.tell("its processor time", (time.process_time() - began[1]) * 1000, "ms")

    def tell(
        self,
        what: str,
        value: float,
        unit: str = "",
        *,
        at_most: float | None = None,
        at_least: float | None = None,
    ) -> None:
        shown = f"{what:<62} {value:>11,.2f} {unit:<3}"
        goals = (("at most", at_most, 1), ("at least", at_least, -1))
        for words, goal, sign in goals:
            if goal is not None:
                is_reached = value * sign <= goal * sign
                shown += f" (goal: {words} {goal:,g}{'' if is_reached else ', MISSED'})"
                if not is_reached:
                    self.missed.append(what)
        print(shown.rstrip(), flush=True)

    def tell_latency(self, what: str, seconds: Sequence[float]) -> None:
        for share in (50, 99):
            self.tell(f"{what}, p{share}", percentile(seconds, share) * 1000, "ms")

    def tell_memory(self, what: str, pids: Sequence[int]) -> None:
        self.tell(f"{what}, resident", sum(map(read_memory, pids)), "MB")

    def check(self, what: str, actual: object, expected: object) -> None:
        """A result that must be true, however long it took."""
        shown = f"{what:<62} {actual!s:>11}"
        if actual != expected:
            shown += f" WRONG: expected {expected}"
            self.wrong.append(what)
        print(shown, flush=True)

    def conclude(self) -> int:
        """Returns the exit code."""
        if self.missed:
            print("MISSED:", "; ".join(self.missed))
        if self.wrong:
            print("WRONG:", "; ".join(self.wrong))
        return 1 if self.wrong else 0


def percentile(values: Sequence[float], share: int) -> float:
    """The 50th or the 99th, for example. For a single value, that value."""
    if len(values) < 2:
        return values[0] if values else float("nan")
    return statistics.quantiles(values, n=100, method="inclusive")[share - 1]
