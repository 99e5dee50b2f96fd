"""Requests that the sandbox makes to its own API, for triggers and for the actions on its pages."""

import json
from email.message import Message
from typing import Protocol
from urllib.parse import urlencode

from payments_graphql.sandbox.errors import ApiError
from payments_graphql.sandbox.json_object import JsonObject
from payments_graphql.sandbox.messages import HttpAnswer, HttpRequest


class _Api(Protocol):
    def answer(self, request: HttpRequest) -> HttpAnswer: ...


class OwnRequests:
    """Calls the API as an integration does, without its network. Active faults don't apply."""

    def __init__(self, api: _Api) -> None:
        self._api = api

    def call(self, method: str, path: str, **params: str | int) -> JsonObject:
        """Return the answer of a success or a decline; raise the API's error otherwise.

        A decline is a result too: some events need one.
        """
        headers = Message()
        headers["Authorization"] = "Bearer sk_test_sandbox"
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        headers["Sandbox-Fault"] = "none"
        form = urlencode({_field(name): value for name, value in params.items()})
        query, body = (form, "") if method == "GET" else ("", form)
        answer = self._api.answer(HttpRequest(method, path, query, headers, body.encode()))
        content: JsonObject = json.loads(answer.body)
        if answer.status not in {200, 402}:
            error = content["error"]
            raise ApiError(
                error["message"],
                status=answer.status,
                code=error.get("code"),
                param=error.get("param"),
            )
        return content

    def create(self, resource: str, **params: str | int) -> JsonObject:
        return self.call("POST", f"/v1/{resource}", **params)


def _field(name: str) -> str:
    """Return `automatic_payment_methods[enabled]` for `automatic_payment_methods__enabled`."""
    first, *rest = name.split("__")
    return first + "".join(f"[{part}]" for part in rest)
