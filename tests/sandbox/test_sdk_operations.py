"""All operations of the sandbox, called with the SDK's methods."""

from typing import Any
from urllib.parse import urlencode

import pytest
import stripe

from payments_graphql.sandbox import Sandbox
from payments_graphql.sandbox.routes import ROUTES, Route, find_route
from tests.sandbox.http_calls import call
from tests.sandbox.sdk_operations import OPERATIONS, Operation
from tests.sandbox.sdk_things import Things

every_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=str)


def _send(client: stripe.StripeClient, operation: Operation) -> Any:
    """Return the SDK's object, or the message of an expected error."""
    things = Things(client)
    if not operation.refusal:
        return operation.send(client.v1, things)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        operation.send(client.v1, things)
    return refused.value.user_message


def _sent(sandbox: Sandbox) -> tuple[Route, str]:
    """Return the route and path of the newest request."""
    request = sandbox.requests()[-1]
    found = find_route(request.method, request.path)
    assert found is not None
    return found[0], request.path


def test_every_route_has_its_operation_here() -> None:
    assert sorted(map(str, OPERATIONS)) == sorted(
        f"{route.method} {route.template}" for route in ROUTES
    )


@pytest.mark.stripe_rule(
    "The SDK's methods return the expected objects", "https://docs.stripe.com/api"
)
@every_operation
def test_the_sdk_gets_the_expected_object(
    own_sandbox: Sandbox, own_client: stripe.StripeClient, operation: Operation
) -> None:
    answer = _send(own_client, operation)
    route, path = _sent(own_sandbox)
    assert (route.method, route.template) == (operation.method, operation.template)
    if operation.refusal:
        assert operation.refusal in answer
    elif operation.method == "DELETE":
        assert (answer.deleted, answer.object) == (True, route.kind)
    elif route.is_list:
        assert isinstance(answer, stripe.ListObject | stripe.SearchResultObject)
        assert answer.url == path
        assert [one.object for one in answer.data] == [route.kind] * len(answer.data)
        assert answer.data
    else:
        assert answer.object == route.kind
        assert "metadata" not in answer or answer.metadata.to_dict() in ({}, {"order_id": "6735"})


@pytest.mark.stripe_rule(
    "All lists have the same cursors and limits", "https://docs.stripe.com/api/pagination"
)
@pytest.mark.parametrize(
    "operation",
    [one for one in OPERATIONS if one.method == "GET" and "{id}" not in one.template],
    ids=str,
)
def test_all_lists_have_the_same_cursors_and_limits(
    own_sandbox: Sandbox, own_client: stripe.StripeClient, operation: Operation
) -> None:
    answer = _send(own_client, operation)
    route, path = _sent(own_sandbox)
    if "starting_after" not in route.parameters["properties"]:
        assert not isinstance(answer, stripe.ListObject)
        return
    given = own_sandbox.requests()[-1].parameters
    newest = answer.data[0].id
    for parameters, code, param in (
        ({"limit": "0"}, "parameter_invalid_integer", "limit"),
        ({"limit": "101"}, "parameter_invalid_integer", "limit"),
        ({"starting_after": "unknown"}, "resource_missing", "starting_after"),
        ({"ending_before": "unknown"}, "resource_missing", "ending_before"),
        ({"starting_after": newest, "ending_before": newest}, None, None),
    ):
        refused = call(own_sandbox, "GET", f"{path}?{urlencode({**given, **parameters})}")
        assert refused.status == 400
        assert (refused.error.get("code"), refused.error.get("param")) == (code, param)
    page = call(own_sandbox, "GET", f"{path}?{urlencode({**given, 'ending_before': newest})}")
    assert (page.json["data"], page.json["has_more"]) == ([], False)


@pytest.mark.stripe_rule(
    "Charges and payment intents can be searched",
    "https://docs.stripe.com/search",
    ours="Refused as an unknown address: only customers can be searched",
)
@pytest.mark.parametrize("kind", ["charges", "payment_intents", "refunds"])
def test_an_unsupported_search_is_an_unknown_address(
    client: stripe.StripeClient, kind: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="Unrecognized request URL"):
        client.raw_request("get", f"/v1/{kind}/search?query=currency:'usd'")
