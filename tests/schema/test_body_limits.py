"""Under ASGI no more of a body is read than is useful, and the answer is 413."""

import asyncio
from typing import Any

import pytest
from django.conf import settings
from django.core.asgi import get_asgi_application

from schema.http.asgi import StreamingApplication

CHUNK = b"x" * 16_384
CHUNKS = 4_000
"""About 60 MB."""


class Upload:
    """A client that sends without end, and counts how much is read."""

    def __init__(self, path: str, *, chunks: int = CHUNKS, length: int | None = None) -> None:
        self.left = chunks
        self.taken = 0
        self.sent: list[dict[str, Any]] = []
        headers = [(b"host", b"testserver"), (b"content-type", b"application/json")]
        if length is not None:
            headers.append((b"content-length", str(length).encode()))
        self.scope = {
            "type": "http", "method": "POST", "path": path, "query_string": b"",
            "headers": headers, "client": ("192.0.2.1", 1), "server": ("testserver", 80),
            "http_version": "1.1", "scheme": "http",
        }  # fmt: skip

    async def receive(self) -> dict[str, Any]:
        if not self.left:
            await asyncio.Event().wait()
        self.left -= 1
        self.taken += len(CHUNK)
        return {"type": "http.request", "body": CHUNK, "more_body": self.left > 0}

    async def send(self, message: Any) -> None:
        self.sent.append(message)

    def run(self, **options: Any) -> int:
        application = StreamingApplication(get_asgi_application(), **options)
        asyncio.run(asyncio.wait_for(application(self.scope, self.receive, self.send), 30))
        status: int = self.sent[0]["status"]
        return status

    @property
    def text(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("length", [None, CHUNKS * len(CHUNK)])
@pytest.mark.parametrize(
    ("path", "most"),
    [("/graphql/", 65_536), ("/graphql", 65_536), ("/api/stripe/webhooks/stripe/", 1_000_000)],
)
def test_our_views_refuse_a_large_body_while_it_arrives(
    path: str, most: int, length: int | None
) -> None:
    upload = Upload(path, length=length)
    assert upload.run() == 413
    assert upload.taken <= most + len(CHUNK)


@pytest.mark.django_db(transaction=True)
def test_the_answer_is_that_of_the_api() -> None:
    upload = Upload("/graphql/")
    upload.run()
    assert b'"BODY_TOO_LARGE"' in upload.text


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", ["/admin/login/", "/api/auth/login/", "/nowhere/", "/"])
def test_other_views_are_bounded_by_what_the_project_says(path: str) -> None:
    most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    upload = Upload(path)
    assert upload.run(max_body=most) == 413
    assert upload.taken <= most + len(CHUNK)
    announced = Upload(path, length=most + 1)
    assert announced.run(max_body=most) == 413
    assert announced.taken == 0


@pytest.mark.django_db(transaction=True)
def test_a_project_that_takes_uploads_gets_them_whole() -> None:
    upload = Upload("/nowhere/", chunks=300)
    assert upload.run() == 404
    assert upload.taken == 300 * len(CHUNK)


@pytest.mark.django_db(transaction=True)
def test_a_body_at_the_limit_is_read_to_its_end() -> None:
    upload = Upload("/graphql/", chunks=4)
    assert upload.run() == 400, "it is not JSON"
    assert upload.taken == 65_536
