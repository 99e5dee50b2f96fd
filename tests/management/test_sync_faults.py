"""`payments_sync` waits while Stripe or the network requires it, and reports other errors."""

import pytest
from django.core.management import CommandError

from payments_graphql.importing import importer
from payments_graphql.models import ImportCursor, StripePaymentIntent


@pytest.fixture
def paid(alice, make_customer, pay_there):
    return pay_there(make_customer("alice").id)


@pytest.mark.parametrize("fault", ["reset", "bad_gateway", "error_500", "not_json", "truncated"])
def test_it_continues_after_a_network_error(sync_alice, paid, sandbox, no_waits, fault):
    sandbox.faults.add(fault, path="/v1/payment_intents", method="GET", times=2)

    sync_alice()

    assert StripePaymentIntent.objects.get().stripe_payment_intent_id == paid.id


def test_it_waits_as_long_as_stripe_says(sync_alice, paid, sandbox, monkeypatch, caplog):
    waited = []
    monkeypatch.setattr("payments_graphql.importing.pages.time.sleep", waited.append)
    sandbox.faults.add("rate_limited", path="/v1/refunds", times=2, retry_after=7)

    sync_alice()

    assert waited == [7, 7]
    assert "import_waits" in caplog.text


def test_after_all_attempts_it_gives_up_and_says_how_to_continue(
    sync_alice, paid, sandbox, no_waits
):
    with (
        sandbox.faults.add("reset", path="/v1/refunds"),
        pytest.raises(CommandError, match=r"could not be read.*it continues where it stopped"),
    ):
        sync_alice()
    assert len(sandbox.requests("GET", "/v1/refunds")) == 4

    assert "Continuing" in sync_alice()
    assert ImportCursor.objects.filter(is_finished=True).count() == 5


def test_a_wrong_key_is_reported_at_once(sync_alice, paid, sandbox):
    sandbox.faults.add("unauthorized")

    with pytest.raises(CommandError, match="STRIPE_SECRET_KEY is wrong, rolled or expired"):
        sync_alice()

    assert len(sandbox.requests("GET")) == 1


def test_a_key_that_may_not_read_something_is_reported(sync_alice, paid, sandbox):
    sandbox.faults.add("forbidden", path="/v1/disputes")

    with pytest.raises(CommandError, match="restricted key"):
        sync_alice()


def test_a_customer_deleted_meanwhile_does_not_stop_the_import(
    sync, alice, bob, make_customer, dashboard, sandbox, monkeypatch
):
    """After it was listed, before its payment methods are read."""
    other = make_customer("bob")
    gone = make_customer("alice")
    fetch_user = importer.fetch_user

    def delete_and_fetch(customer, matching):
        if customer["id"] == gone.id:
            dashboard.v1.customers.delete(gone.id)
        return fetch_user(customer, matching)

    monkeypatch.setattr(importer, "fetch_user", delete_and_fetch)
    said = sync("--user-id-metadata", "username")

    assert f"{gone.id}  it has been deleted at Stripe" in said
    assert bob.payments_graphql_customers.get().stripe_customer_id == other.id
