"""A dispute, and an answer to it."""

from typing import Any

import stripe

from tests.sandbox import payments

DAY = 24 * 60 * 60


def dispute_of(client: stripe.StripeClient, intent: stripe.PaymentIntent) -> stripe.Dispute:
    return client.v1.disputes.list({"payment_intent": intent.id}).data[0]


def disputed(client: stripe.StripeClient, card: str = "pm_card_createDispute") -> stripe.Dispute:
    return dispute_of(client, payments.pay(client, card))


def answer(
    client: stripe.StripeClient, dispute: stripe.Dispute, text: str, **params: Any
) -> stripe.Dispute:
    evidence = {"uncategorized_text": text}
    return client.v1.disputes.update(dispute.id, {"evidence": evidence, **params})
