"""Files to upload, with the SDK and without it."""

import io
from typing import Any

import stripe

PDF = b"%PDF-1.4\n1 0 obj << /Type /Page >> endobj\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
JPEG = b"\xff\xd8\xff\xe0" + b"\r\n--not the boundary" * 3
_BOUNDARY = "made-up-boundary"
MULTIPART = {"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}"}


def make_file(content: bytes = PDF, name: str = "receipt.pdf") -> io.BytesIO:
    file = io.BytesIO(content)
    file.name = name
    return file


def upload(
    client: Any,
    content: bytes = PDF,
    name: str = "receipt.pdf",
    purpose: Any = "dispute_evidence",
    **more: Any,
) -> stripe.File:
    """With a client, or with its `v1`."""
    v1 = getattr(client, "v1", client)
    file: stripe.File = v1.files.create(
        {"file": make_file(content, name), "purpose": purpose, **more}
    )
    return file


def encode(fields: list[tuple[str, str]], content: bytes = PDF) -> bytes:
    """A multipart body in which the field `file` is a file."""
    parts = [
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"'.encode()
        + (b'; filename="a.pdf"' if name == "file" else b"")
        + b"\r\n\r\n"
        + (content if name == "file" else value.encode())
        for name, value in fields
    ]
    return b"\r\n".join([*parts, f"--{_BOUNDARY}--\r\n".encode()])
