"""Maps requests to the functions that answer them."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from urllib.parse import unquote

from payments_graphql.sandbox.json_object import JsonObject
from payments_graphql.sandbox.resources import (
    balance_transactions,
    capture,
    charges,
    confirmation,
    customer_search,
    customers,
    direct_charges,
    disputes,
    events,
    files,
    fraud_warnings,
    mandates,
    payment_intents,
    payment_methods,
    payouts,
    refunds,
    setup_attempts,
    setup_confirmation,
    setup_intents,
    webhook_endpoints,
)
from payments_graphql.sandbox.specification import load_operations

# Takes the transaction, the checked parameters and the ids of the path, in order.
type Handler = Callable[..., JsonObject]


@dataclass(frozen=True, slots=True)
class Route:
    """One operation. `kind` is the type of the object that it returns, alone or in a list."""

    method: str
    template: str
    kind: str
    handler: Handler
    is_list: bool = False
    takes_publishable_key: bool = False

    @property
    def parameters(self) -> JsonObject:
        return load_operations()[self.method, self.template].parameters


ROUTES = (
    Route("POST", "/v1/customers", "customer", customers.create),
    Route("GET", "/v1/customers", "customer", customers.list_all, is_list=True),
    # Before the route with an id, which would match too.
    Route("GET", "/v1/customers/search", "customer", customer_search.search, is_list=True),
    Route("GET", "/v1/customers/{customer}", "customer", customers.retrieve),
    Route("POST", "/v1/customers/{customer}", "customer", customers.update),
    Route("DELETE", "/v1/customers/{customer}", "customer", customers.delete),
    Route(
        "GET",
        "/v1/customers/{customer}/payment_methods",
        "payment_method",
        payment_methods.list_of_customer,
        is_list=True,
    ),
    Route(
        "GET",
        "/v1/customers/{customer}/payment_methods/{payment_method}",
        "payment_method",
        payment_methods.retrieve_of_customer,
    ),
    Route(
        "POST",
        "/v1/payment_methods",
        "payment_method",
        payment_methods.create,
        takes_publishable_key=True,
    ),
    Route("GET", "/v1/payment_methods", "payment_method", payment_methods.list_all, is_list=True),
    Route(
        "GET", "/v1/payment_methods/{payment_method}", "payment_method", payment_methods.retrieve
    ),
    Route("POST", "/v1/payment_methods/{payment_method}", "payment_method", payment_methods.update),
    Route(
        "POST",
        "/v1/payment_methods/{payment_method}/attach",
        "payment_method",
        payment_methods.attach,
    ),
    Route(
        "POST",
        "/v1/payment_methods/{payment_method}/detach",
        "payment_method",
        payment_methods.detach,
    ),
    Route("POST", "/v1/payment_intents", "payment_intent", payment_intents.create),
    Route("GET", "/v1/payment_intents", "payment_intent", payment_intents.list_all, is_list=True),
    Route(
        "GET",
        "/v1/payment_intents/{intent}",
        "payment_intent",
        payment_intents.retrieve,
        takes_publishable_key=True,
    ),
    Route("POST", "/v1/payment_intents/{intent}", "payment_intent", payment_intents.update),
    Route(
        "POST",
        "/v1/payment_intents/{intent}/confirm",
        "payment_intent",
        confirmation.confirm,
        takes_publishable_key=True,
    ),
    Route(
        "POST",
        "/v1/payment_intents/{intent}/verify_microdeposits",
        "payment_intent",
        confirmation.verify_microdeposits,
        takes_publishable_key=True,
    ),
    Route("GET", "/v1/mandates/{mandate}", "mandate", mandates.retrieve),
    Route("POST", "/v1/payment_intents/{intent}/capture", "payment_intent", capture.capture),
    Route("POST", "/v1/payment_intents/{intent}/cancel", "payment_intent", capture.cancel),
    Route(
        "POST",
        "/v1/payment_intents/{intent}/increment_authorization",
        "payment_intent",
        capture.increment,
    ),
    Route("POST", "/v1/charges", "charge", direct_charges.create),
    Route("GET", "/v1/charges", "charge", charges.list_all, is_list=True),
    Route("GET", "/v1/charges/{charge}", "charge", charges.retrieve),
    Route("POST", "/v1/charges/{charge}", "charge", charges.update),
    Route("POST", "/v1/charges/{charge}/capture", "charge", direct_charges.capture),
    Route("POST", "/v1/refunds", "refund", refunds.create),
    Route("GET", "/v1/refunds", "refund", refunds.list_all, is_list=True),
    Route("GET", "/v1/refunds/{refund}", "refund", refunds.retrieve),
    Route("POST", "/v1/refunds/{refund}", "refund", refunds.update),
    Route("POST", "/v1/refunds/{refund}/cancel", "refund", refunds.cancel),
    Route("GET", "/v1/disputes", "dispute", disputes.list_all, is_list=True),
    Route("GET", "/v1/disputes/{dispute}", "dispute", disputes.retrieve),
    Route("POST", "/v1/disputes/{dispute}", "dispute", disputes.update),
    Route("POST", "/v1/disputes/{dispute}/close", "dispute", disputes.close),
    Route("POST", "/v1/files", "file", files.create),
    Route("GET", "/v1/files", "file", files.list_all, is_list=True),
    Route("GET", "/v1/files/{file}", "file", files.retrieve),
    Route("GET", "/v1/balance", "balance", balance_transactions.retrieve_balance),
    Route(
        "GET",
        "/v1/balance_transactions",
        "balance_transaction",
        balance_transactions.list_all,
        is_list=True,
    ),
    Route(
        "GET",
        "/v1/balance_transactions/{id}",
        "balance_transaction",
        balance_transactions.retrieve,
    ),
    Route("POST", "/v1/payouts", "payout", payouts.create),
    Route("GET", "/v1/payouts", "payout", payouts.list_all, is_list=True),
    Route("GET", "/v1/payouts/{payout}", "payout", payouts.retrieve),
    Route(
        "GET",
        "/v1/radar/early_fraud_warnings",
        "radar.early_fraud_warning",
        fraud_warnings.list_all,
        is_list=True,
    ),
    Route(
        "GET",
        "/v1/radar/early_fraud_warnings/{early_fraud_warning}",
        "radar.early_fraud_warning",
        fraud_warnings.retrieve,
    ),
    Route("POST", "/v1/setup_intents", "setup_intent", setup_intents.create),
    Route("GET", "/v1/setup_intents", "setup_intent", setup_intents.list_all, is_list=True),
    Route(
        "GET",
        "/v1/setup_intents/{intent}",
        "setup_intent",
        setup_intents.retrieve,
        takes_publishable_key=True,
    ),
    Route("POST", "/v1/setup_intents/{intent}", "setup_intent", setup_intents.update),
    Route(
        "POST",
        "/v1/setup_intents/{intent}/confirm",
        "setup_intent",
        setup_confirmation.confirm,
        takes_publishable_key=True,
    ),
    Route(
        "POST",
        "/v1/setup_intents/{intent}/verify_microdeposits",
        "setup_intent",
        setup_confirmation.verify_microdeposits,
        takes_publishable_key=True,
    ),
    Route("POST", "/v1/setup_intents/{intent}/cancel", "setup_intent", setup_intents.cancel),
    Route("GET", "/v1/setup_attempts", "setup_attempt", setup_attempts.list_all, is_list=True),
    Route("GET", "/v1/events", "event", events.list_all, is_list=True),
    Route("GET", "/v1/events/{id}", "event", events.retrieve),
    Route("POST", "/v1/webhook_endpoints", "webhook_endpoint", webhook_endpoints.create),
    Route(
        "GET", "/v1/webhook_endpoints", "webhook_endpoint", webhook_endpoints.list_all, is_list=True
    ),
    Route(
        "GET",
        "/v1/webhook_endpoints/{webhook_endpoint}",
        "webhook_endpoint",
        webhook_endpoints.retrieve,
    ),
    Route(
        "POST",
        "/v1/webhook_endpoints/{webhook_endpoint}",
        "webhook_endpoint",
        webhook_endpoints.update,
    ),
    Route(
        "DELETE",
        "/v1/webhook_endpoints/{webhook_endpoint}",
        "webhook_endpoint",
        webhook_endpoints.delete,
    ),
)


# An id, but not "search": the sandbox doesn't support those searches.
_ID = r"(?!search$)([^/]+)"


@cache
def _patterns() -> tuple[tuple[Route, re.Pattern[str]], ...]:
    return tuple((route, re.compile(re.sub(r"\{\w+\}", _ID, route.template))) for route in ROUTES)


def find_route(method: str, path: str) -> tuple[Route, tuple[str, ...]] | None:
    """Return the route and the ids in the path."""
    for route, pattern in _patterns():
        if route.method == method and (match := pattern.fullmatch(path)):
            return route, tuple(unquote(part) for part in match.groups())
    return None
