"""What the bank, and people in Stripe's Dashboard, do with a dispute."""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from payments_graphql.sandbox.resources.dispute_turns import list_turns
from tests.faults.lives.life import Life, numbers

evidence = st.sampled_from(
    ["winning_evidence", "losing_evidence", "escalate_inquiry_evidence", "something"]
)
turns = st.sampled_from(list_turns())


class DisputeRules(Life):
    """A dispute's life."""

    @rule(number=numbers, text=evidence, submits=st.booleans())
    def answer_dispute(self, number: int, text: str, submits: bool) -> None:
        dispute_id = self.pick("dispute", number)
        if dispute_id:
            said = {"evidence": {"uncategorized_text": text}, "submit": submits}
            self.world.ask("disputes", "update", dispute_id, said)

    @rule(number=numbers)
    def accept_dispute(self, number: int) -> None:
        dispute_id = self.pick("dispute", number)
        if dispute_id:
            self.world.ask("disputes", "close", dispute_id)

    @rule(number=numbers, action=turns)
    def turn_dispute(self, number: int, action: str) -> None:
        """No state of a dispute is final."""
        dispute_id = self.pick("dispute", number)
        if dispute_id:
            self.world.sandbox.turn_dispute(dispute_id, action)
