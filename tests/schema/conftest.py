import base64
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from payments_graphql.models import StripeDispute


class GraphQLClient:
    """Sends requests as `user` from a page of the site, to the real view, with CSRF checks on."""

    def __init__(self, user: User | None = None) -> None:
        self.http = Client(enforce_csrf_checks=True)
        if user is not None:
            self.http.force_login(user)

    def post(self, body: Any, **headers: str) -> Any:
        return self.http.post(
            "/graphql/",
            body,
            content_type="application/json",
            headers={"Sec-Fetch-Site": "same-origin", **headers},
        )

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """The data of an answer without top-level errors."""
        answer = self.ask_for_answer(query, **variables)
        assert "errors" not in answer, answer
        data: dict[str, Any] = answer["data"]
        return data

    def ask_for_answer(self, query: str, **variables: Any) -> dict[str, Any]:
        response = self.post({"query": query, "variables": variables})
        assert response.status_code == 200, response.content
        answer: dict[str, Any] = response.json()
        return answer

    def ask_for_error(self, query: str, **variables: Any) -> dict[str, Any]:
        """The only top-level error of an answer."""
        answer = self.ask_for_answer(query, **variables)
        assert len(answer["errors"]) == 1, answer
        error: dict[str, Any] = answer["errors"][0]
        return error

    def mutate(self, mutation: str, input: Mapping[str, Any], selection: str) -> dict[str, Any]:
        """The payload of `mutation`, with every field of its errors."""
        input_type = f"{mutation[0].upper()}{mutation[1:]}Input"
        document = f"""
            mutation($input: {input_type}!) {{
              {mutation}(input: $input) {{ {selection} {ERRORS} }}
            }}"""
        payload: dict[str, Any] = self.ask(document, input=input)[mutation]
        return payload


ERRORS = """
    errors {
      __typename code message path retryable
      ... on CardError { declineCode advice adviceCode }
      ... on InvalidStateError { currentStatus allowed }
      ... on AmountError { minimum maximum currency }
      ... on RateLimitedError { retryAfter }
    }
"""


@pytest.fixture
def as_alice(alice: User) -> GraphQLClient:
    return GraphQLClient(alice)


@pytest.fixture
def as_bob(bob: User) -> GraphQLClient:
    return GraphQLClient(bob)


@pytest.fixture
def as_sam(sam: User) -> GraphQLClient:
    return GraphQLClient(sam)


@pytest.fixture
def as_nobody(db: None) -> GraphQLClient:
    """A client without a session or a token."""
    return GraphQLClient()


@pytest.fixture
def http(alice: User) -> Client:
    """Alice's browser before she signs in."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def open_dispute(
    sandbox: Any, pay: Callable[..., Any], events: Any, deliver: Any
) -> Callable[..., StripeDispute]:
    """The bank disputes this person's payment, and Stripe tells us: `open_dispute(alice)`."""

    def open_dispute(user: User, method: str = "pm_card_createDispute") -> StripeDispute:
        intent = pay(user, method=method)
        deliver(*events("charge.dispute.created"))
        return StripeDispute.objects.get(payment_intent=intent)

    return open_dispute


@pytest.fixture
def global_id() -> Callable[..., str]:
    """The id of a row in GraphQL: `global_id("PaymentIntent", intent.pk)`."""

    def make(type_name: str, pk: object) -> str:
        return base64.b64encode(f"{type_name}:{pk}".encode()).decode()

    return make
