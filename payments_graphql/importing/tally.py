"""The result of importing one list: counts and a few examples."""

from collections import Counter
from dataclasses import dataclass, field

MAXIMUM_EXAMPLES = 20


@dataclass
class Tally:
    """`changed` counts existing rows that changed. `skipped` counts by reason."""

    kind: str
    seen: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    failed: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    examples: list[tuple[str, str]] = field(default_factory=list)

    def skip(self, stripe_id: str, reason: str) -> None:
        self.skipped[reason] += 1
        if len(self.examples) < MAXIMUM_EXAMPLES:
            self.examples.append((stripe_id, reason))

    def count(self, *, was_known: bool, has_moved: bool) -> None:
        if not was_known:
            self.new += 1
        elif has_moved:
            self.changed += 1
        else:
            self.unchanged += 1
