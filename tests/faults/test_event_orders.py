"""Any permutation, duplication and loss of a payment's events: the mirror ends where Stripe is.

A machine of hypothesis's does what people do at a payment, here and in Stripe's dashboard, and lets
the events arrive as they like: late, twice, backwards, not at all, in the shape of another API
version, between Stripe's answer and its settling, all within one second or days apart. In one
variant nothing is lost and only webhooks and the worker settle; in the other anything is lost,
answers too, and `payments_reconcile` runs at any moment.

FAULTS=full tries thousands of lives of each instead of some tens; FAULTS_EXAMPLES says how many.
"""

import logging
import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    rule,
    run_state_machine_as_test,
)

from payments_graphql.models import Operation
from payments_graphql.sandbox.resources.dispute_turns import list_turns
from payments_graphql.stripe_client import calling
from tests.faults.in_process import InProcessSandbox
from tests.faults.world import World

IS_FULL = os.environ.get("FAULTS") == "full"
EXAMPLES = int(os.environ.get("FAULTS_EXAMPLES", "2000" if IS_FULL else "15"))
PHASES = (Phase.generate, Phase.shrink)

numbers = st.integers(0, 50)
whose = st.booleans()
cards = st.sampled_from(
    [
        "pm_card_visa",
        "pm_card_chargeDeclined",
        "pm_card_threeDSecureRequired",
        "pm_card_createDispute",
        "pm_card_createDisputeInquiry",
        "pm_card_pendingRefund",
        "pm_card_refundFail",
        "pm_card_refundRequiresAction",
        "pm_card_chargeCustomerFail",
        "pm_card_authenticationRequiredOnSetup",
    ]
)
setup_cards = st.sampled_from(
    ["pm_card_visa", "pm_card_chargeDeclined", "pm_card_threeDSecureRequired"]
)
evidence = st.sampled_from(
    ["winning_evidence", "losing_evidence", "escalate_inquiry_evidence", "something"]
)
turns = st.sampled_from(list_turns())
# Within the second, the next ones, and past what ends by itself; never past Stripe's 30 days.
pauses = st.sampled_from([1, 1, 2, 60, 8 * 24 * 3600])
_LONGEST = 25 * 24 * 3600


class PaymentLife(RuleBasedStateMachine):
    """Subclassed by each variant. `start` is set by the test: a new world in the same database."""

    start: Callable[[], World]
    loses = False

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
        """Let what is left arrive, and settle."""
        raise NotImplementedError

    def pick(self, kind: str, number: int) -> str | None:
        found = self.world.sandbox.list_objects(kind)
        return found[number % len(found)]["id"] if found else None

    # A payment's life.

    @rule(is_ours=whose, is_manual=st.booleans(), is_saved=st.booleans())
    def create(self, is_ours: bool, is_manual: bool, is_saved: bool) -> None:
        values = {"save_payment_method": is_saved}
        if is_manual:
            values |= {"capture_method": "manual"}
        self.world.create(is_ours=is_ours, **values)

    @rule(is_ours=whose, number=numbers, card=cards, saved=st.none() | numbers)
    def confirm(self, is_ours: bool, number: int, card: str, saved: int | None) -> None:
        intent_id = self.pick("payment_intent", number)
        method = card if saved is None else self.pick("payment_method", saved) or card
        if intent_id is None:
            return
        intent = self.world.find_intent(intent_id)
        if is_ours and intent is not None:
            self.world.service.confirm_payment_intent(intent, payment_method=method)
        else:
            parameters = {"payment_method": method}
            self.world.ask("payment_intents", "confirm", intent_id, parameters)

    @rule(is_ours=whose, card=cards, is_manual=st.booleans(), is_saved=st.booleans())
    def pay(self, is_ours: bool, card: str, is_manual: bool, is_saved: bool) -> None:
        """The common beginning, so that more is about what comes after it."""
        self.create(is_ours, is_manual, is_saved)
        self.confirm(is_ours, -1, card, None)

    @rule(number=numbers, has_succeeded=st.booleans())
    def authenticate(self, number: int, has_succeeded: bool) -> None:
        intents = self.world.sandbox.list_objects("payment_intent")
        intents += self.world.sandbox.list_objects("setup_intent")
        asking = [one["id"] for one in intents if one["status"] == "requires_action"]
        if asking:
            self.world.sandbox.authenticate(
                asking[number % len(asking)], has_succeeded=has_succeeded
            )

    @rule(is_ours=whose, number=numbers, amount=st.sampled_from([None, 10, 40]))
    def capture(self, is_ours: bool, number: int, amount: int | None) -> None:
        intent_id = self.pick("payment_intent", number)
        if intent_id is None:
            return
        intent = self.world.find_intent(intent_id)
        if is_ours and intent is not None:
            self.world.service.capture_payment_intent(intent, amount=amount)
        else:
            parameters = {"amount_to_capture": amount * 100} if amount else {}
            self.world.ask("payment_intents", "capture", intent_id, parameters)

    @rule(is_ours=whose, number=numbers)
    def cancel(self, is_ours: bool, number: int) -> None:
        intent_id = self.pick("payment_intent", number)
        if intent_id is None:
            return
        intent = self.world.find_intent(intent_id)
        if is_ours and intent is not None:
            self.world.service.cancel_payment_intent(intent, reason="requested_by_customer")
        else:
            self.world.ask("payment_intents", "cancel", intent_id, {})

    @rule(number=numbers, description=st.sampled_from(["", "Lisbon", "Porto"]))
    def update(self, number: int, description: str) -> None:
        """Ours alone: Stripe has no event for it."""
        intent_id = self.pick("payment_intent", number)
        intent = self.world.find_intent(intent_id) if intent_id else None
        if intent is not None:
            self.world.service.update_payment_intent(intent, description=description)

    @rule(is_ours=whose, number=numbers, amount=st.sampled_from([None, 10, 25]))
    def refund(self, is_ours: bool, number: int, amount: int | None) -> None:
        intent_id = self.pick("payment_intent", number)
        if intent_id is None:
            return
        intent = self.world.find_intent(intent_id)
        if is_ours and intent is not None:
            self.world.service.create_refund(intent, amount=amount, reason="duplicate")
        else:
            parameters = {"amount": amount * 100} if amount else {}
            self.world.ask("refunds", "create", {**parameters, "payment_intent": intent_id})

    @rule(is_ours=whose, number=numbers)
    def cancel_refund(self, is_ours: bool, number: int) -> None:
        refund_id = self.pick("refund", number)
        refund = self.world.find_refund(refund_id) if refund_id else None
        if is_ours and refund is not None:
            self.world.service.cancel_refund(refund)
        elif refund_id:
            self.world.ask("refunds", "cancel", refund_id)

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
        """Nothing about a dispute is final."""
        dispute_id = self.pick("dispute", number)
        if dispute_id:
            self.world.sandbox.turn_dispute(dispute_id, action)

    # Saved cards and the customer.

    @rule(is_ours=whose, card=st.none() | setup_cards)
    def set_up(self, is_ours: bool, card: str | None) -> None:
        if is_ours:
            self.world.service.create_setup_intent(user=self.world.user)
        else:
            kind = {"automatic_payment_methods": {"enabled": True, "allow_redirects": "never"}}
            customer = {"customer": self.world.customer_id}
            self.world.ask("setup_intents", "create", {**kind, **customer})
        setup_id = self.pick("setup_intent", -1)
        if card and setup_id:
            self.world.ask("setup_intents", "confirm", setup_id, {"payment_method": card})

    @rule(number=numbers, card=setup_cards)
    def confirm_setup(self, number: int, card: str) -> None:
        setup_id = self.pick("setup_intent", number)
        if setup_id:
            self.world.ask("setup_intents", "confirm", setup_id, {"payment_method": card})

    @rule(number=numbers)
    def cancel_setup(self, number: int) -> None:
        setup_id = self.pick("setup_intent", number)
        if setup_id:
            self.world.ask("setup_intents", "cancel", setup_id)

    @rule()
    def attach(self) -> None:
        customer = {"customer": self.world.customer_id}
        self.world.ask("payment_methods", "attach", "pm_card_mastercard", customer)

    @rule(is_ours=whose, number=numbers)
    def detach(self, is_ours: bool, number: int) -> None:
        method_id = self.pick("payment_method", number)
        method = self.world.find_method(method_id) if method_id else None
        if is_ours and method is not None:
            self.world.service.detach_payment_method(method)
        elif method_id:
            self.world.ask("payment_methods", "detach", method_id)

    @rule(is_ours=whose, number=numbers)
    def make_default(self, is_ours: bool, number: int) -> None:
        method_id = self.pick("payment_method", number)
        method = self.world.find_method(method_id) if method_id else None
        if is_ours and method is not None:
            self.world.service.set_default_payment_method(method)
        elif method_id:
            settings = {"invoice_settings": {"default_payment_method": method_id}}
            self.world.ask("customers", "update", self.world.customer_id, settings)

    @rule(number=numbers, year=st.sampled_from([2031, 2032]))
    def renew_card(self, number: int, year: int) -> None:
        method_id = self.pick("payment_method", number)
        if method_id:
            self.world.ask("payment_methods", "update", method_id, {"card": {"exp_year": year}})

    @rule(name=st.sampled_from(["Alice", "Alicia"]))
    def rename_customer(self, name: str) -> None:
        self.world.ask("customers", "update", self.world.customer_id, {"name": name})

    @rule(is_meant=st.sampled_from([False] * 7 + [True]))
    def delete_customer(self, is_meant: bool) -> None:
        if is_meant:
            self.world.ask("customers", "delete", self.world.customer_id)

    # Time, and the news.

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
            # Read anew, a card that is nobody's any more says nothing of whose it was.
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
        """Much happens between Stripe's answer and its settling here."""

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
        """The webhook is here before the answer is settled."""
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


class NothingIsLost(PaymentLife):
    """Webhooks and the worker are enough."""

    def finish(self) -> None:
        self.world.collect()
        for event in sorted(self.world.waiting, key=lambda event: event["id"]):  # at random
            self.world.deliver(event)
        self.world.work()


class AnythingIsLost(PaymentLife):
    """Events are never sent, answers never arrive: `payments_reconcile` finds out."""

    @rule(numbers=st.lists(numbers, min_size=1, max_size=12))
    def lose(self, numbers: list[int]) -> None:
        self.world.collect()
        for number in numbers:
            if self.world.waiting:
                self.world.waiting.pop(number % len(self.world.waiting))

    @rule()
    def reconcile(self) -> None:
        self.world.reconcile()

    @rule(
        fault=st.sampled_from(["reset", "reset_after_effect", "error_500_after_effect"]),
        what=st.sampled_from(["create", "confirm", "capture", "cancel", "refund", "set_up"]),
        number=numbers,
    )
    def lose_an_answer(self, fault: str, what: str, number: int) -> None:
        with self.world.sandbox.faults.add(fault, method="POST", times=1):
            match what:
                case "create":
                    self.create(True, False, False)
                case "confirm":
                    self.confirm(True, number, "pm_card_visa", None)
                case "capture":
                    self.capture(True, number, None)
                case "cancel":
                    self.cancel(True, number)
                case "refund":
                    self.refund(True, number, 10)
                case "set_up":
                    self.world.service.create_setup_intent(user=self.world.user)

    def finish(self) -> None:
        for operation in Operation.objects.filter(kind="confirm_payment_intent"):
            # Until then a confirm may be under way at Stripe.
            earlier = operation.created_at - timedelta(minutes=5)
            Operation.objects.filter(pk=operation.pk).update(created_at=earlier)
        # Opened by answers that were lost, it would stay open for seconds that nobody waits here.
        calling._get_circuit.cache_clear()
        for _ in range(2):
            self.world.reconcile()
        self.world.work()


@pytest.fixture
def start(alice: User, settings: Any) -> Iterator[Callable[[], World]]:
    settings.PAYMENTS_OPERATION_TIMEOUT = 0
    settings.STRIPE_API_BASE = ""  # whose end the fixture sees to

    def start() -> World:
        sandbox = InProcessSandbox()
        # Without the fixture, which would lay another layer over the settings for each life.
        django_settings.STRIPE_API_BASE = sandbox.url
        with sandbox.in_place_of_http():
            return World(sandbox, alice)

    logging.disable()  # most of the time would be spent on lines that nobody reads
    yield start
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("variant", [NothingIsLost, AnythingIsLost])
def test_the_mirror_ends_where_stripe_is(start, variant):
    machine = type(variant.__name__, (variant,), {"start": staticmethod(start)})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=30 if IS_FULL else 20,
            deadline=None,
            derandomize=not IS_FULL,
            database=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
            phases=PHASES,
        ),
    )
