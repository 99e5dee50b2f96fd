"""What a dispute's reason means, and which evidence convinces the bank.

In our own words, after https://docs.stripe.com/disputes/categories and
https://docs.stripe.com/disputes/best-practices.
"""

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

__all__ = ["REASONS", "Advice", "advise"]

type Text = str | Promise


@dataclass(frozen=True)
class Advice:
    """`claim` is what the customer says, `proof` is what wins, `give_up` is when to accept.
    `fields` are the types of evidence to fill in first, the most convincing ones first."""

    name: Text
    claim: Text
    proof: tuple[Text, ...]
    give_up: Text
    fields: tuple[str, ...]


_WHO = ("customer_name", "customer_email_address", "customer_purchase_ip", "billing_address")
_NO_ANSWER = _("Banks rarely accept evidence for this reason. The dispute is often lost at once.")

_FRAUDULENT = Advice(
    _("Fraudulent"),
    _("The cardholder says that somebody else made this payment."),
    (
        _("Show that the cardholder bought it: name, e-mail, IP address and billing address."),
        _("Say which checks the payment passed: 3-D Secure, the security code, the postal code."),
        _("Show that the service was used: a check-in, a boarding pass, a log of visits."),
        _("List earlier payments with the same card that were not disputed."),
        _("Attach messages in which the customer talks about the booking."),
    ),
    _("Accept it if you believe that the card was stolen, or if you have refunded the payment."),
    (
        *_WHO,
        "access_activity_log",
        "service_date",
        "service_documentation",
        "customer_communication",
        "receipt",
        "uncategorized_text",
    ),
)
_NOT_RECEIVED = Advice(
    _("Product not received"),
    _("The customer says that the product or service was never provided."),
    (
        _("Prove that the service was provided, and when: a check-in, a work order, a ticket."),
        _("For something that was shipped, give the carrier, the tracking number and the address."),
        _("If the date has not come yet, show the date that the customer agreed to."),
        _("Attach messages sent after the service that show that the customer received it."),
    ),
    _("Accept it if the service was not provided and the customer gets the money back anyway."),
    (
        "product_description",
        "service_date",
        "service_documentation",
        "customer_communication",
        "access_activity_log",
        "shipping_documentation",
        "shipping_carrier",
        "shipping_tracking_number",
        "shipping_date",
        "shipping_address",
        *_WHO[:2],
        "uncategorized_text",
    ),
)
_UNACCEPTABLE = Advice(
    _("Product unacceptable"),
    _("The customer says that the product was defective, or not as described."),
    (
        _("Show what was promised: the description that the customer saw before paying."),
        _("Show that what was provided matches it, such as photos or a report."),
        _("Show what you offered to solve the problem, and how the customer answered."),
        _("Add your refund policy, and how the customer saw it before paying."),
    ),
    _("Accept it if the complaint is right, and improve the description."),
    (
        "product_description",
        "service_documentation",
        "customer_communication",
        "refund_policy",
        "refund_policy_disclosure",
        "refund_refusal_explanation",
        "service_date",
        *_WHO[:2],
        "uncategorized_text",
    ),
)
_DUPLICATE = Advice(
    _("Duplicate"),
    _("The customer says that the same purchase was charged twice."),
    (
        _("Name the other charge, and say for which separate purchase each of the two was."),
        _("Attach the receipt or contract of both purchases."),
        _("If one of them was refunded already, give the date and the amount of the refund."),
    ),
    _("Accept it if both charges were for the same purchase."),
    (
        "duplicate_charge_id",
        "duplicate_charge_explanation",
        "duplicate_charge_documentation",
        "receipt",
        "product_description",
        "service_date",
        *_WHO[:2],
        "uncategorized_text",
    ),
)
_SUBSCRIPTION = Advice(
    _("Subscription canceled"),
    _("The customer says that they were charged after they canceled."),
    (
        _("Show the cancellation policy, and how the customer saw it before paying."),
        _("Show that the customer did not cancel, or canceled after the deadline."),
        _("Show that the customer used the service after the charge."),
        _("Show that you announced the charge, such as with a reminder by e-mail."),
    ),
    _("Accept it if the customer canceled in time."),
    (
        "cancellation_policy",
        "cancellation_policy_disclosure",
        "cancellation_rebuttal",
        "customer_communication",
        "access_activity_log",
        "service_date",
        *_WHO[:2],
        "uncategorized_text",
    ),
)
_CREDIT = Advice(
    _("Credit not processed"),
    _("The customer says that they canceled or returned it, but got no refund."),
    (
        _("If you refunded it, give the date, the amount and the Stripe id of the refund."),
        _("If no refund is due, show your policy and how the customer saw it before paying."),
        _("Explain why the policy does not give a refund in this case."),
        _("Attach the messages about the cancellation."),
    ),
    _("Accept it if you promised a refund and did not make it."),
    (
        "refund_policy",
        "refund_policy_disclosure",
        "refund_refusal_explanation",
        "cancellation_policy_disclosure",
        "customer_communication",
        "service_date",
        *_WHO[:2],
        "uncategorized_text",
    ),
)
_UNRECOGNIZED = Advice(
    _("Unrecognized"),
    _("The cardholder does not recognize the payment on their statement."),
    (
        _("Ask the customer first. They may withdraw the dispute once they know what it is."),
        _("Attach the receipt, and explain the name that appears on the statement."),
        _("Show that the cardholder bought it, as for a fraudulent payment."),
    ),
    _("Accept it if you believe that somebody else used the card."),
    (
        "product_description",
        "receipt",
        *_WHO,
        "customer_communication",
        "access_activity_log",
        "service_date",
        "service_documentation",
        "uncategorized_text",
    ),
)
_GENERAL = Advice(
    _("General"),
    _("The bank gave no specific reason."),
    (
        _("Ask the customer why they disputed the payment, and answer that."),
        _("Show that the payment was authorized, the service provided and the policy known."),
    ),
    _("Accept it if you cannot find out what the customer complains about."),
    (
        "product_description",
        "customer_communication",
        "receipt",
        *_WHO,
        "service_date",
        "service_documentation",
        "refund_policy_disclosure",
        "uncategorized_text",
    ),
)
_NONCOMPLIANT = Advice(
    _("Noncompliant"),
    _("The bank says that the payment broke a rule of the card network."),
    (
        _("Answer it in Stripe's dashboard, where you must agree to a fee of the network."),
        _("Stripe returns the fee if you win."),
    ),
    _("Accept it if the amount is below the fee (500 USD for Visa), or if the bank is right."),
    ("uncategorized_text", "uncategorized_file", "product_description", "receipt"),
)


def _of_a_bank(name: Text, claim: Text) -> Advice:
    """Reasons of bank debits and checks."""
    proof = (
        _NO_ANSWER,
        _("Ask the customer for another way to pay."),
    )
    give_up = _("Accept it unless you have the customer's written authorization.")
    return Advice(name, claim, proof, give_up, _GENERAL.fields)


REASONS: Final = {
    "bank_cannot_process": _of_a_bank(
        _("Bank cannot process"), _("The customer's bank could not process the payment.")
    ),
    "check_returned": _of_a_bank(
        _("Check returned"), _("The customer's bank returned the payment unpaid.")
    ),
    "credit_not_processed": _CREDIT,
    "customer_initiated": _of_a_bank(
        _("Customer initiated"), _("The customer asked their bank to return the payment.")
    ),
    "debit_not_authorized": _of_a_bank(
        _("Debit not authorized"), _("The customer says that they did not allow this debit.")
    ),
    "duplicate": _DUPLICATE,
    "fraudulent": _FRAUDULENT,
    "general": _GENERAL,
    "incorrect_account_details": _of_a_bank(
        _("Incorrect account details"), _("The bank account does not exist or is wrong.")
    ),
    "insufficient_funds": _of_a_bank(
        _("Insufficient funds"), _("The customer's account did not have enough money.")
    ),
    "noncompliant": _NONCOMPLIANT,
    "product_not_received": _NOT_RECEIVED,
    "product_unacceptable": _UNACCEPTABLE,
    "subscription_canceled": _SUBSCRIPTION,
    "unrecognized": _UNRECOGNIZED,
}
"""By Stripe's name. https://docs.stripe.com/api/disputes/object#dispute_object-reason"""


def advise(reason: str) -> Advice:
    """For any reason. Stripe can add more."""
    return REASONS.get(reason, _GENERAL)
