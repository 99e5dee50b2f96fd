"""Time passes, and events arrive at any time, including between Stripe's answer and settling."""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.faults.lives.life import numbers
from tests.faults.lives.payments import PaymentRules, cards

# Within the same second, the next ones, and past automatic expirations, but never past Stripe's 30
# days.
pauses = st.sampled_from([1, 1, 2, 60, 8 * 24 * 3600])
_LONGEST = 25 * 24 * 3600


class NewsRules(PaymentRules):
    """Time, and the events of payments."""

    @rule(seconds=pauses)
    def pass_time(self, seconds: float) -> None:
        if self.passed + seconds <= _LONGEST:
            self.passed += seconds
            self.world.sandbox.advance(seconds)

    @rule(number=numbers, is_other_version=st.sampled_from([False, False, True]))
    def deliver_one(self, number: int, is_other_version: bool) -> None:
        self.world.collect()
        if self.world.waiting:
            event = self.world.waiting[number % len(self.world.waiting)]
            # Reread, a detached card does not say whose it was.
            is_other_version &= event["type"] != "payment_method.detached"
            self.world.deliver(event, is_other_version=is_other_version)

    @rule(numbers=st.lists(numbers, max_size=12), crashes=st.booleans())
    def deliver_some(self, numbers: list[int], crashes: bool) -> None:
        if crashes:
            with self.world.crash_before_signals():
                for number in numbers:
                    self.deliver_one(number, False)
        else:
            for number in numbers:
                self.deliver_one(number, False)

    @rule()
    def deliver_the_latest(self) -> None:
        self.deliver_one(-1, False)

    @rule(number=numbers)
    def deliver_again(self, number: int) -> None:
        if self.world.sent:
            self.world.deliver(self.world.sent[number % len(self.world.sent)])

    @rule()
    def work(self) -> None:
        self.world.work()

    @rule(number=numbers, card=cards, meanwhile=st.sampled_from(["news", "bank", "paid", "saved"]))
    def confirm_slowly(self, number: int, card: str, meanwhile: str) -> None:
        """Much happens between Stripe's answer and settling here."""

        def happens() -> None:
            if meanwhile == "bank":
                self.authenticate(0, True)
            elif meanwhile == "paid":
                self.confirm(False, number, "pm_card_visa", None)
            elif meanwhile == "saved":
                self.save_card_of(number)
            self.world.deliver_all()

        with self.world.before_settling(happens):
            self.confirm(True, number, card, None)

    def save_card_of(self, number: int) -> None:
        intents = self.world.sandbox.list_objects("payment_intent")
        method_id = intents[number % len(intents)]["payment_method"]
        if method_id:
            customer = {"customer": self.world.customer_id}
            self.world.ask("payment_methods", "attach", method_id, customer)

    @rule(is_manual=st.booleans())
    def create_slowly(self, is_manual: bool) -> None:
        """The webhook arrives before the answer is settled."""
        with self.world.before_settling(self.world.deliver_all):
            self.create(True, is_manual, False)

    @rule(number=numbers, amount=st.sampled_from([None, 10]), waits=st.booleans())
    def refund_slowly(self, number: int, amount: int | None, waits: bool) -> None:
        def happens() -> None:
            if waits:
                self.pass_time(1)
            self.world.deliver_all()

        with self.world.before_settling(happens):
            self.refund(True, number, amount)
