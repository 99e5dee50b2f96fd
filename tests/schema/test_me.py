from django.contrib.auth.models import User

from payments_graphql.models import StripeCustomer

QUERY = "{ me { username name email livemode stripeCustomerId defaultPaymentMethod { last4 } } }"


def test_before_the_first_payment_there_is_no_customer_at_stripe(as_alice):
    assert as_alice.ask(QUERY)["me"] == {
        "username": "alice",
        "name": "Alice",
        "email": "alice@example.com",
        "livemode": False,
        "stripeCustomerId": None,
        "defaultPaymentMethod": None,
    }


def test_nobody_is_null(as_nobody):
    assert as_nobody.ask("{ me { id } paymentsConfig { livemode } }") == {
        "me": None,
        "paymentsConfig": {"livemode": False},
    }


def test_a_name_and_an_address_that_are_not_known_are_null(as_alice, alice):
    User.objects.update(first_name="", last_name="", email="")
    assert as_alice.ask("{ me { name email } }")["me"] == {"name": None, "email": None}


def test_the_id_stays_the_same_across_payments_and_generations(as_alice, alice, pay, global_id):
    def ask():
        return as_alice.ask("{ me { id stripeCustomerId } }")["me"]

    before, first = ask(), pay(alice).customer
    assert before == {"id": global_id("Customer", alice.pk), "stripeCustomerId": None}
    assert ask() == {"id": before["id"], "stripeCustomerId": first.stripe_customer_id}
    StripeCustomer.objects.update(deleted_at=first.created_at)
    assert ask() == before
    second = StripeCustomer.objects.create(
        user=alice, stripe_customer_id="cus_second", generation=2
    )
    assert ask()["stripeCustomerId"] == second.stripe_customer_id
    intent = as_alice.ask("{ paymentIntents { nodes { customer { id stripeCustomerId } } } }")
    assert intent["paymentIntents"]["nodes"] == [{"customer": ask()}]


def test_the_first_payment_makes_the_customer(as_alice, alice, pay):
    customer = pay(alice).customer
    assert as_alice.ask(QUERY)["me"]["stripeCustomerId"] == customer.stripe_customer_id
