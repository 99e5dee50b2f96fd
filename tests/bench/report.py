"""Figures beside their goals, as a plain table."""

import os
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.bench.processes import read_memory

__all__ = ["Report", "percentile"]


@dataclass
class Report:
    """A goal that was missed is said; only a wrong result makes the program fail."""

    missed: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def introduce(self) -> None:
        """Whatever else the machine does is in the times: judge them by this."""
        busy = os.getloadavg()[0] / (os.cpu_count() or 1)
        self.tell("others waiting for each processor, last minute", busy)

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
        """A result that must be so, however long it took."""
        is_right = actual == expected
        print(f"{what:<62} {actual!s:>11} {'' if is_right else f'WRONG: expected {expected}'}".rstrip())
        if not is_right:
            self.wrong.append(what)

    def conclude(self) -> int:
        """The exit code."""
        if self.missed:
            print("MISSED:", "; ".join(self.missed))
        if self.wrong:
            print("WRONG:", "; ".join(self.wrong))
        return 1 if self.wrong else 0


def percentile(values: Sequence[float], share: int) -> float:
    """The 50th or the 99th, say; of a single value, that value."""
    if len(values) < 2:
        return values[0] if values else float("nan")
    return statistics.quantiles(values, n=100, method="inclusive")[share - 1]
