"""GraphQL requests with a token, over a connection that stays open."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import orjson

from tests.bench.load import Client


@dataclass(frozen=True)
class Asking:
    """Sends the same request, whatever its number."""

    path: str
    body: bytes
    headers: str

    @classmethod
    def make(cls, path: str, document: str, variables: Mapping[str, Any], token: str) -> Self:
        body = orjson.dumps({"query": document, "variables": variables})
        return cls(path, body, f"Authorization: Token {token}\r\n")

    async def __call__(self, client: Client, number: int) -> str:
        return judge(*await client.post(self.path, self.body, self.headers))


def judge(status: int, content: bytes) -> str:
    """As in `Act`."""
    if status != 200:
        return str(status)
    return "errors" if b'"errors"' in content else "ok"


def ask_once(url: str, asking: Asking) -> bytes:
    """The answer."""

    async def run() -> bytes:
        client = Client(url)
        status, content = await client.post(asking.path, asking.body, asking.headers)
        client.close()
        assert judge(status, content) == "ok", (status, content[:500])
        return content

    return asyncio.run(run())
