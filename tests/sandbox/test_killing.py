"""After kill -9 during writes, everything that was answered is stored and consistent."""

import json
import signal
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest
import stripe

from payments_graphql.sandbox import Sandbox
from tests.sandbox import payments
from tests.sandbox.conftest import Receiver, connect
from tests.sandbox.waiting import wait_until

ROOT = Path(__file__).parents[2]
SECRET = "whsec_test"
CLIENTS = 6


class Load:
    """Clients that pay and refund until the connection fails, each request with a key."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.sent: set[str] = set()
        self.answered: dict[str, str] = {}
        self._threads = [
            threading.Thread(target=self._work, args=(number,)) for number in range(CLIENTS)
        ]
        for thread in self._threads:
            thread.start()

    def _work(self, client_number: int) -> None:
        client = stripe.StripeClient("sk_test_alice", base_addresses={"api": self.url})
        try:
            for number in range(10_000):
                key = f"{client_number}-{number}"
                self.sent.add(key)
                intent = pay(client, key)
                self.answered[key] = intent.id
                self.sent.add(f"{key}-refund")
                refund = give_back(client, f"{key}-refund", intent.id)
                self.answered[f"{key}-refund"] = refund.id
        except stripe.APIConnectionError:
            return

    def join(self) -> None:
        for thread in self._threads:
            thread.join()


def pay(client: stripe.StripeClient, key: str) -> stripe.PaymentIntent:
    return client.v1.payment_intents.create(
        {
            "amount": 2000,
            "currency": "usd",
            "automatic_payment_methods": payments.WITHOUT_REDIRECTS,
            "confirm": True,
            "payment_method": "pm_card_visa",
            "metadata": {"key": key},
        },
        {"idempotency_key": key},
    )


def give_back(client: stripe.StripeClient, key: str, intent_id: str) -> stripe.Refund:
    return client.v1.refunds.create(
        {"payment_intent": intent_id, "amount": 500}, {"idempotency_key": key}
    )


@pytest.mark.parametrize("answers", [3, 60])
def test_under_load_it_loses_nothing_and_stays_consistent(
    tmp_path: Path, receiver: Receiver, answers: int
) -> None:
    state = tmp_path / "state.sqlite3"
    forwarding = ["--forward-to", receiver.url, "--webhook-secret", SECRET]
    with subprocess.Popen(
        [
            *(sys.executable, "-m", "payments_graphql.sandbox", "--port", "0"),
            *("--state", str(state), *forwarding),
        ],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        assert process.stdout is not None
        load = Load(process.stdout.readline().split()[2])
        wait_until(lambda: len(load.answered) >= answers, seconds=20)
        process.send_signal(signal.SIGKILL)
        load.join()
    with sqlite3.connect(state) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()
    with Sandbox(state=state) as sandbox:
        client = connect(sandbox)
        check_answers_repeat(client, load)
        send_the_rest(client, load)
        check_everything_fits(client, load)
        sandbox.forward_to(receiver.url, SECRET, replace=True)
        events = {event.id for event in client.v1.events.list({"limit": 100}).auto_paging_iter()}
        wait_until(lambda: events <= delivered(receiver), seconds=20)


def check_answers_repeat(client: stripe.StripeClient, load: Load) -> None:
    """Check that the answer from before is stored under its key."""
    for key, object_id in load.answered.items():
        if not key.endswith("-refund"):
            assert pay(client, key).id == object_id
        else:
            intent_id = load.answered[key.removesuffix("-refund")]
            assert give_back(client, key, intent_id).id == object_id


def send_the_rest(client: stripe.StripeClient, load: Load) -> None:
    """Retry, like a client that doesn't know the result of its request."""
    for key in sorted(load.sent - load.answered.keys()):
        if key.endswith("-refund"):
            give_back(client, key, load.answered[key.removesuffix("-refund")])
        else:
            pay(client, key)


def check_everything_fits(client: stripe.StripeClient, load: Load) -> None:
    intents = list(client.v1.payment_intents.list({"limit": 100}).auto_paging_iter())
    charges = {one.id: one for one in client.v1.charges.list({"limit": 100}).auto_paging_iter()}
    refunds = list(client.v1.refunds.list({"limit": 100}).auto_paging_iter())
    events = Counter(
        (event.type, event.data.object["id"])
        for event in client.v1.events.list({"limit": 100}).auto_paging_iter()
    )
    paid = {key for key in load.sent if not key.endswith("-refund")}
    assert Counter(intent.metadata["key"] for intent in intents) == Counter(paid)
    assert {intent.status for intent in intents} == {"succeeded"}
    assert {intent.latest_charge for intent in intents} == charges.keys()
    given_back = Counter(refund.charge for refund in refunds)
    for charge in charges.values():
        assert charge.amount_refunded == 500 * given_back[charge.id]
    assert len(refunds) == len(load.sent) - len(paid)
    for intent in intents:
        assert events["payment_intent.created", intent.id] == 1
        assert events["payment_intent.succeeded", intent.id] == 1
        assert events["charge.succeeded", intent.latest_charge] == 1
    for refund in refunds:
        assert events["refund.created", refund.id] == 1


def delivered(receiver: Receiver) -> set[str]:
    return {json.loads(body)["id"] for body, _ in list(receiver.received)}
