"""HTTP requests and answers, apart from how they travel."""

import json
from dataclasses import dataclass, field
from email.message import Message
from enum import Enum

from payments_graphql.sandbox.json_object import JsonObject


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request; `query` and `body` are as they came."""

    method: str
    path: str
    query: str
    headers: Message
    body: bytes


class AnswerFate(Enum):
    """What becomes of an answer on its way; all but WHOLE are faults that somebody asked for."""

    WHOLE = "whole"
    TRUNCATED = "truncated"
    RESET = "reset"
    HANG = "hang"


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """One answer. Content-Length, Date and Connection are added where it is written."""

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
