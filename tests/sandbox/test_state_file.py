"""Everything that was answered is kept, even after the process was killed."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
import stripe

from payments_graphql.sandbox import Sandbox
from tests.sandbox import payments
from tests.sandbox.conftest import Receiver, connect

ROOT = Path(__file__).parents[2]


def test_a_restarted_sandbox_knows_everything(tmp_path: Path) -> None:
    state = tmp_path / "state.sqlite3"
    with Sandbox(state=state) as first:
        client = connect(first)
        made = client.v1.customers.create({"name": "Alice"}, {"idempotency_key": "k"})
        intent = payments.pay(client, "pm_card_pendingRefund", customer=made.id)
        refund = client.v1.refunds.create({"payment_intent": intent.id})
        first.advance(0)
    with Sandbox(state=state) as second:
        client = connect(second)
        assert client.v1.customers.retrieve(made.id).name == "Alice"
        again = client.v1.customers.create({"name": "Alice"}, {"idempotency_key": "k"})
        assert again.id == made.id
        second.advance(1)
        assert client.v1.refunds.retrieve(refund.id).status == "succeeded"


def test_a_moved_clock_stays_moved(tmp_path: Path) -> None:
    state = tmp_path / "state.sqlite3"
    with Sandbox(state=state) as first:
        first.advance(1_000_000)
        made = connect(first).v1.customers.create({})
    with Sandbox(state=state) as second:
        assert connect(second).v1.customers.create({}).created >= made.created


def test_the_same_seed_goes_on_with_new_ids_after_a_restart(tmp_path: Path) -> None:
    state = tmp_path / "state.sqlite3"
    made = set()
    for _ in range(3):
        with Sandbox(state=state, seed=3) as sandbox:
            made.add(connect(sandbox).v1.customers.create({}).id)
    assert len(made) == 3


def test_a_state_file_has_one_sandbox_at_a_time(tmp_path: Path) -> None:
    state = tmp_path / "state.sqlite3"
    with Sandbox(state=state), pytest.raises(Exception, match="locked"):
        Sandbox(state=state).start()


def test_kill_9_loses_nothing_that_was_answered(tmp_path: Path, receiver: Receiver) -> None:
    state = tmp_path / "state.sqlite3"
    command = [sys.executable, "-m", "payments_graphql.sandbox", "--port", "0", "--state", state]
    # Nothing listens there, so all deliveries are pending when the process dies.
    nowhere = ["--forward-to", "http://127.0.0.1:9/", "--webhook-secret", "whsec_test"]
    with subprocess.Popen(
        [*command, *nowhere], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[2]
        client = stripe.StripeClient("sk_test_alice", base_addresses={"api": url})
        paid = [payments.pay(client).id for _ in range(20)]
        process.send_signal(signal.SIGKILL)
    with Sandbox(state=state) as sandbox:
        client = connect(sandbox)
        listed = client.v1.payment_intents.list({"limit": 100}).data
        assert [intent.id for intent in listed] == paid[::-1]
        assert {intent.status for intent in listed} == {"succeeded"}
        assert len(client.v1.events.list({"limit": 100}).data) == 60
        sandbox.forward_to(receiver.url, "whsec_test", replace=True)
        receiver.wait_for(60)
        assert receiver.types.count("payment_intent.succeeded") == 20
