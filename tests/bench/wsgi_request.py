"""A request to a WSGI application of this process. Imports nothing of what is measured."""

import io
import sys
from collections.abc import Callable
from typing import Any


def call(application: Callable[..., Any], path: str, body: bytes, token: str) -> bytes:
    """The content of the answer, which must be without errors."""
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "127.0.0.1",
        "HTTP_AUTHORIZATION": f"Token {token}",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.url_scheme": "http",
    }
    statuses: list[str] = []
    response = application(environ, lambda status, *_: statuses.append(status))
    content = b"".join(response)
    response.close()
    assert statuses == ["200 OK"], content[:500]
    assert b'"errors"' not in content, content[:500]
    return content
