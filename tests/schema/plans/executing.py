"""Executes documents with plans and without."""

from typing import Any

import orjson
from django.http import HttpResponse
from django.test import RequestFactory, override_settings

from schema.engine.context import Context
from schema.schema import schema
from tests.schema.random_queries import VARIABLES


def execute(text: str, user: Any, variables: Any = VARIABLES) -> Any:
    request = RequestFactory().post("/graphql/")
    request.user = user
    context = Context(request=request, response=HttpResponse())
    result = schema.execute_sync(text, variable_values=dict(variables), context_value=context)
    errors = [error.formatted for error in result.errors or ()]
    for error in errors:
        error.get("extensions", {}).pop("id", None)  # random: it is in the log
    return {"data": result.data, "errors": errors, "extensions": result.extensions}


def compare(text: str, user: Any) -> Any:
    """Executes twice, since the second answer comes from what the first one kept."""
    with override_settings(PAYMENTS_GRAPHQL_PLANS=False):
        expected = execute(text, user)
    for _ in range(2):
        assert orjson.dumps(execute(text, user)) == orjson.dumps(expected), text
    return expected
