"""Any permutation, duplication and loss of a payment's events: the mirror ends in Stripe's state.

A hypothesis state machine does what people do with a payment, here and in Stripe's Dashboard, and
delivers the events in any way: late, twice, backward, not at all, in the format of another API
version, between Stripe's answer and settling, all within one second or days apart. In one variant
nothing is lost, and only webhooks and the worker settle. In the other anything is lost, including
answers, and `payments_reconcile` runs at any moment. FAULTS=full tries hundreds of lives of each
instead of a few. FAULTS_EXAMPLES sets how many.
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
from hypothesis.stateful import rule, run_state_machine_as_test

from payments_graphql.models import Operation
from payments_graphql.stripe_client import calling
from tests.faults.in_process import InProcessSandbox
from tests.faults.lives.cards import CardRules
from tests.faults.lives.disputes import DisputeRules
from tests.faults.lives.life import numbers
from tests.faults.lives.news import NewsRules
from tests.faults.world import World

IS_FULL = os.environ.get("FAULTS") == "full"
EXAMPLES = int(os.environ.get("FAULTS_EXAMPLES", "500" if IS_FULL else "8"))
PHASES = (Phase.generate, Phase.shrink)


class PaymentLife(NewsRules, DisputeRules, CardRules):
    """Everything that can happen."""


class NothingIsLost(PaymentLife):
    """Webhooks and the worker are enough."""

    def finish(self) -> None:
        self.world.collect()
        for event in sorted(self.world.waiting, key=lambda event: event["id"]):  # at random
            self.world.deliver(event)
        self.world.work()


class AnythingIsLost(PaymentLife):
    """Events are never sent, answers never arrive: `payments_reconcile` settles it."""

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
            # Until then a confirm may be in progress at Stripe.
            earlier = operation.created_at - timedelta(minutes=5)
            Operation.objects.filter(pk=operation.pk).update(created_at=earlier)
        # Lost answers would open it for seconds, which no test waits here.
        calling._get_circuit.cache_clear()
        for _ in range(2):
            self.world.reconcile()
        self.world.work()


@pytest.fixture
def start(alice: User, settings: Any) -> Iterator[Callable[[], World]]:
    settings.PAYMENTS_OPERATION_TIMEOUT = 0
    settings.STRIPE_API_BASE = ""  # the fixture ends it

    def start() -> World:
        sandbox = InProcessSandbox()
        # Without the fixture, which would add another layer of settings for each life.
        django_settings.STRIPE_API_BASE = sandbox.url
        with sandbox.in_place_of_http():
            return World(sandbox, alice)

    logging.disable()  # most of the time would be spent on log lines that nobody reads
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
