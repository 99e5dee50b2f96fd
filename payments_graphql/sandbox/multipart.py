"""`multipart/form-data`, in which files are uploaded. https://docs.stripe.com/file-upload."""

import hashlib
from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser
from urllib.parse import urlencode

from payments_graphql.sandbox.errors import InvalidParameterError

CONTENT_TYPE = "multipart/form-data"


@dataclass(frozen=True, slots=True)
class Upload:
    """One file of a request."""

    filename: str
    content: bytes

    def describe(self) -> str:
        """Return what stands for the content in the request log and for the idempotency key."""
        digest = hashlib.sha256(self.content).hexdigest()
        return f"{self.filename} ({len(self.content)} bytes, sha256 {digest})"


def decode_multipart(headers: Message, body: bytes) -> tuple[str, dict[str, Upload]]:
    """Return the form, URL-encoded, and the files by name."""
    boundary = headers.get_boundary()
    if not boundary:
        raise _malformed("the content type has no boundary")
    # The first boundary has no line before it.
    _, *parts = (b"\r\n" + body).split(b"\r\n--" + boundary.encode("ascii", "replace"))
    if not parts or not parts.pop().startswith(b"--"):
        raise _malformed("the last boundary is missing")
    fields: list[tuple[str, str | bytes]] = []
    uploads: dict[str, Upload] = {}
    for part in parts:
        name, filename, content = _split(part)
        if filename is None:
            fields.append((name, content))
        else:
            uploads[name] = upload = Upload(filename, content)
            fields.append((name, upload.describe()))
    return urlencode(fields), uploads


def _split(part: bytes) -> tuple[str, str | None, bytes]:
    head, found, content = part.partition(b"\r\n\r\n")
    # As browsers and the SDK send them: UTF-8, without an encoding of its own.
    headers = HeaderParser().parsestr(head.removeprefix(b"\r\n").decode("utf-8", "replace"))
    name = headers.get_param("name", header="content-disposition")
    if not found or not isinstance(name, str):
        raise _malformed("a part has no name")
    return name, headers.get_filename(), content


def _malformed(why: str) -> InvalidParameterError:
    return InvalidParameterError(f"Invalid request: the multipart body is malformed, {why}.")
