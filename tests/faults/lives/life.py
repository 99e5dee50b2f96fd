"""The base of hypothesis's state machines. Their rules are in separate classes."""

from collections.abc import Callable

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine

from tests.faults.world import World

numbers = st.integers(0, 50)
whose = st.booleans()
setup_cards = st.sampled_from(
    ["pm_card_visa", "pm_card_chargeDeclined", "pm_card_threeDSecureRequired"]
)


class Life(RuleBasedStateMachine):
    """Subclassed by each variant. The test sets `start`: a new world in the same database."""

    start: Callable[[], World]

    def __init__(self) -> None:
        super().__init__()
        self.world = self.start()
        self.passed = 0.0

    def teardown(self) -> None:
        try:
            self.finish()
            self.world.check()
        finally:
            self.world.close()

    def finish(self) -> None:
        """Delivers what is left, and settles everything."""
        raise NotImplementedError

    def pick(self, kind: str, number: int) -> str | None:
        found = self.world.sandbox.list_objects(kind)
        return found[number % len(found)]["id"] if found else None
