"""Any document that fits the schema: no server error, and every answer matches the schema.

schemathesis generates documents for each field of Query and Mutation, signed in and not.
`DOCUMENTS=100` sends that many for each field. The suite sends a few.
"""

import json
import os
from pathlib import Path

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, given, settings
from knox.models import get_token_model
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.graphql.checks import GraphQLClientError, GraphQLServerError

pytestmark = pytest.mark.any_database

DOCUMENTS = int(os.environ.get("DOCUMENTS", "6"))
REFUSALS = {"BAD_USER_INPUT", "PERMISSION_DENIED", "UNAUTHENTICATED", "RATE_LIMITED"}
"""Codes of errors that are the caller's. schemathesis takes some of them for the server's."""

SCHEMA = schemathesis.graphql.from_path(Path(__file__).parents[2] / "schema" / "schema.graphql")
SCHEMA.app = get_wsgi_application()
SCHEMA.location = "/graphql/"
FIELDS = {
    operation.label: operation
    for operation in (result.ok() for result in SCHEMA.get_all_operations())
    if not operation.label.startswith("Subscription.")
}


def _is_refusal(failure: Failure) -> bool:
    return isinstance(failure, GraphQLClientError | GraphQLServerError) and all(
        error.get("extensions", {}).get("code") in REFUSALS
        or "PaymentIntentBy" in error["message"]  # it does not know @oneOf
        for error in failure.errors
    )


def _is_text(body):
    """A lone surrogate is not valid text, and a body that contains one is not a request."""
    return not any("\ud800" <= one <= "\udfff" for one in json.dumps(body, ensure_ascii=False))


def _ask_anything(field, headers):
    @settings(
        max_examples=DOCUMENTS,
        deadline=None,
        database=None,
        derandomize=os.environ.get("CI") == "true",
        suppress_health_check=list(HealthCheck),
    )
    @given(case=FIELDS[field].as_strategy())
    def ask(case):
        asked.append(case)
        response = case.call(headers=headers)
        if not _is_text(case.body):
            assert response.status_code == 400, response.content
            return
        assert response.status_code == 200, response.content
        try:
            case.validate_response(response)
        except FailureGroup as group:
            wrong = [failure for failure in group.exceptions if not _is_refusal(failure)]
            assert not wrong, (wrong, response.content)

    asked = []
    ask()
    assert asked


@pytest.mark.parametrize("field", FIELDS)
def test_a_customer_may_ask_anything(field, transactional_db, alice, pay, booking):
    pay(alice, None, None, booking=booking)
    _, token = get_token_model().objects.create(user=alice)
    _ask_anything(field, {"Authorization": f"Token {token}"})


@pytest.mark.parametrize("field", FIELDS)
def test_nobody_may_ask_anything(field, transactional_db):
    _ask_anything(field, {})
