"""Requests that the SDK would never send."""

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

from payments_graphql.sandbox import Sandbox

KEY = {"Authorization": "Bearer sk_test_alice"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Answer:
    """Status, headers and body of one answer."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def json(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.body)
        return content

    @property
    def error(self) -> dict[str, Any]:
        error: dict[str, Any] = self.json["error"]
        return error


def call(
    sandbox: Sandbox,
    method: str,
    path: str,
    body: bytes | str | None = None,
    headers: dict[str, str] | None = None,
) -> Answer:
    connection = http.client.HTTPConnection(urlsplit(sandbox.url).netloc, timeout=10)
    try:
        connection.request(method, path, body, headers if headers is not None else KEY | FORM)
        return Answer(connection.getresponse())
    finally:
        connection.close()
