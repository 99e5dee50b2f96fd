"""HTTP requests and answers, independent of the server."""

import json
from dataclasses import dataclass, field
from email.message import Message
from enum import Enum

from payments_graphql.sandbox.json_object import JsonObject

UPLOADS = "/v1/files"
"""The path to which files are sent, in their own format."""


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request; `query` and `body` are not decoded."""

    method: str
    path: str
    query: str
    headers: Message
    body: bytes


class AnswerFate(Enum):
    """How an answer is sent. All but WHOLE are faults."""

    WHOLE = "whole"
    TRUNCATED = "truncated"
    RESET = "reset"
    HANG = "hang"


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """One answer. The server adds Content-Length, Date and Connection."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    fate: AnswerFate = AnswerFate.WHOLE

    @classmethod
    def json(
        cls, status: int, content: JsonObject, headers: dict[str, str] | None = None
    ) -> "HttpAnswer":
        return cls(status, json.dumps(content).encode(), headers=headers or {})
