"""`payments_reconcile --report` finds what differs from Stripe, and `--repair` fixes it."""

from django.db.models import F

from payments_graphql import mirror
from payments_graphql.models import (
    Operation,
    StatusChange,
    StripeCustomer,
    StripePaymentIntent,
    StripePaymentMethod,
)


def test_a_payment_made_without_an_event(report, unpaid, dashboard):
    dashboard.v1.payment_intents.confirm(
        unpaid.stripe_payment_intent_id, {"payment_method": "pm_card_visa"}
    )

    code, text = report()

    assert code == 1
    assert f"payment_intent {unpaid.stripe_payment_intent_id} differs" in text
    assert "status: ours requires_payment_method, Stripe's succeeded" in text
    assert "amount_received: ours 0, Stripe's 1000" in text
    assert "money at risk, received: 10.00 USD" in text


def test_repairing_adds_it_and_reports_it(run, report, unpaid, dashboard):
    dashboard.v1.payment_intents.confirm(
        unpaid.stripe_payment_intent_id, {"payment_method": "pm_card_visa"}
    )
    code, text = run("--repair")
    assert (code, "is repaired" in text) == (1, True)
    unpaid.refresh_from_db()
    assert unpaid.status == "succeeded"
    assert StatusChange.objects.filter(to_status="succeeded").count() == 1
    assert run("--repair")[0] == 0
    assert report()[0] == 0


def test_objects_missing_here_are_found(report, run, service, alice, pay, dashboard, make_due):
    """A payment, its refund, a dispute, and a refund of a known payment."""
    known = pay(alice, "50")
    customer = service.get_or_create_customer(alice)["customer"].stripe_customer_id
    made = dashboard.v1.payment_intents.create(
        {
            "amount": 2000,
            "currency": "eur",
            "customer": customer,
            "payment_method": "pm_card_createDispute",
            "payment_method_types": ["card"],
            "confirm": True,
        }
    )
    refund = dashboard.v1.refunds.create(
        {"payment_intent": known.stripe_payment_intent_id, "amount": 700}
    )

    code, text = report()

    assert code == 1
    assert f"payment_intent {made.id} differs (it was missing here)" in text
    assert f"refund {refund.id} differs (it was missing here)" in text
    assert "money at risk, received: 20.00 EUR" in text
    assert "money at risk, refunded: 7.00 USD" in text
    assert "money at risk, disputed: 20.00 EUR" in text
    assert run("--repair")[0] == 1
    assert report()[0] == 0


def test_a_missing_pending_refund_is_found_although_no_field_differs(report, alice, pay, dashboard):
    paid = pay(alice, method="pm_card_pendingRefund")
    dashboard.v1.refunds.create({"payment_intent": paid.stripe_payment_intent_id})
    code, text = report()
    assert (code, "(it was missing here)" in text) == (1, True)


def test_a_missing_payment_older_than_the_period_is_found_by_its_refund(
    report, alice, pay, dashboard, wait
):
    paid = pay(alice, "50")
    stripe_id = paid.stripe_payment_intent_id
    StatusChange.objects.all().delete()
    Operation.objects.update(payment_intent=None)
    paid.delete()
    wait(10)
    for _ in range(2):
        dashboard.v1.refunds.create({"payment_intent": stripe_id, "amount": 100})

    code, text = report("--since", "1")

    assert code == 1
    assert text.count(f"payment_intent {stripe_id} differs (it was missing here)") == 1
    assert "money at risk, received: 50.00 USD" in text
    assert "money at risk, refunded: 2.00 USD" in text


def test_every_field_of_a_row_is_compared_and_no_address_is_shown(report, alice, pay):
    paid = pay(alice)
    StripePaymentIntent.objects.update(
        receipt_email="mallory@example.com",
        receipt_url="https://pay.stripe.com/receipts/other",
        description="for\nmallory@example.com",
        amount_received=9,
    )
    StripePaymentMethod.objects.update(last4="0000")

    code, text = report()

    assert code == 1
    assert "mallory@" not in text
    assert "alice@" not in text
    assert "receipts/" not in text
    assert "receipt_email: ours m" in text
    assert "receipt_url: ours another address" in text
    assert "last4: ours 0000, Stripe's 4242" in text
    assert "amount_received: ours 9, Stripe's 9999" in text
    assert "money at risk, received: 99.90 USD" in text
    assert paid.stripe_payment_intent_id in text


def test_money_at_risk_is_added_up_object_by_object(report, alice, pay):
    """Too much in one place does not offset too little in another."""
    one, other = pay(alice, "10"), pay(alice, "10")
    rows = StripePaymentIntent.objects
    rows.filter(pk=one.pk).update(amount_received=F("amount_received") + 300)
    rows.filter(pk=other.pk).update(amount_received=F("amount_received") - 300)
    assert "money at risk, received: 6.00 USD" in report()[1]


def test_a_payment_that_stripe_does_not_have_needs_a_person(report, alice, pay):
    paid = pay(alice, "10")
    StripePaymentIntent.objects.filter(pk=paid.pk).update(stripe_payment_intent_id="pi_gone")
    code, text = report()
    assert code == 2
    assert "payment_intent pi_gone is not at Stripe" in text
    assert "money at risk, received: 20.00 USD" in text  # ours, and one that is missing here


def test_what_contradicts_a_final_state_needs_a_person(run, report, unpaid):
    """Stripe never takes back a payment's success, so no update may undo it here."""
    StripePaymentIntent.objects.update(status="succeeded", amount_received=1000)

    assert report()[0] == 1
    code, text = run("--repair")

    assert (code, "cannot be repaired" in text) == (2, True)
    unpaid.refresh_from_db()
    assert unpaid.status == "succeeded"


def test_a_customer_deleted_at_stripe_is_seen(report, run, service, alice, dashboard):
    customer = service.get_or_create_customer(alice)["customer"]
    dashboard.v1.customers.delete(customer.stripe_customer_id)
    code, text = report()
    assert (code, "deleted_at: ours nothing" in text) == (1, True)
    assert run("--repair")[0] == 1
    assert StripeCustomer.objects.get().deleted_at is not None


def test_a_saved_card_that_was_detached_is_seen(report, service, alice, dashboard):
    """Stripe lists cards only per customer, so this one is read individually."""
    customer = service.get_or_create_customer(alice)["customer"]
    card = dashboard.v1.payment_methods.attach(
        "pm_card_visa", {"customer": customer.stripe_customer_id}
    )
    mirror.fetch_and_apply("payment_method", card.id)
    assert report()[0] == 0
    dashboard.v1.payment_methods.detach(card.id)
    assert "is_attached: ours True, Stripe's False" in report()[1]
