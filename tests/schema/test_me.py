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


def test_the_first_payment_makes_the_customer(as_alice, alice, pay):
    customer = pay(alice).customer
    assert as_alice.ask(QUERY)["me"]["stripeCustomerId"] == customer.stripe_customer_id
