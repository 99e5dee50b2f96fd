"""Uploaded files: https://docs.stripe.com/api/files and https://docs.stripe.com/file-upload.

The sandbox keeps a file's name, type and size, but not its content.
"""

import re
from collections.abc import Iterable

from payments_graphql.sandbox.errors import ApiError, InvalidParameterError, missing_resource
from payments_graphql.sandbox.json_object import JsonObject
from payments_graphql.sandbox.lists import Filter, list_objects
from payments_graphql.sandbox.transaction import Transaction

_MAGIC = {"pdf": b"%PDF-", "png": b"\x89PNG\r\n\x1a\n", "jpg": b"\xff\xd8\xff", "gif": b"GIF8"}
_MIME_TYPES = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
}
_KB, _MB = 1024, 1024 * 1024
_DAY = 24 * 60 * 60
_DOCUMENTS = ("pdf", "jpg", "png")
_PICTURES = ("jpg", "png", "gif")
# https://docs.stripe.com/file-upload#uploading-a-file: types, largest size, and lifetime in days.
_PURPOSES: dict[str, tuple[tuple[str, ...], int, int | None]] = {
    "account_requirement": (_DOCUMENTS, 16 * _MB, None),
    "additional_verification": (_DOCUMENTS, 16 * _MB, None),
    "business_icon": (_PICTURES, 512 * _KB, None),
    "business_logo": (_PICTURES, 512 * _KB, None),
    "dispute_evidence": (_DOCUMENTS, 5 * _MB, 270),
    "identity_document": (_DOCUMENTS, 16 * _MB, None),
    "pci_document": (("pdf",), 16 * _MB, None),
}
_LONGEST = 50
_PAGE = re.compile(rb"/Type\s*/Page(?![a-zA-Z])")
# https://docs.stripe.com/disputes/best-practices: all files of a dispute together.
_LARGEST_EVIDENCE = 4_500_000


def create(tx: Transaction, params: JsonObject) -> JsonObject:
    if params.get("file_link_data"):
        raise InvalidParameterError(
            "The sandbox does not support `file_link_data`.", param="file_link_data"
        )
    purpose = params["purpose"]
    if purpose not in _PURPOSES:
        raise InvalidParameterError(
            f"The sandbox does not support files with the purpose {purpose}.", param="purpose"
        )
    if tx.upload is None:
        raise InvalidParameterError("Invalid file: it must be a file.", param="file")
    content = tx.upload.content
    file_type = _check(content, *_PURPOSES[purpose][:2])
    if file_type == "pdf" and len(_PAGE.findall(content)) >= _LONGEST:
        raise _refused(
            "The file you uploaded was too long. Please upload a file with fewer than "
            f"{_LONGEST} pages."
        )
    file_id = tx.new_id("file")
    days = _PURPOSES[purpose][2]
    file: JsonObject = {
        "id": file_id,
        "object": "file",
        "created": tx.now,
        "expires_at": tx.now + days * _DAY if days else None,
        "filename": tx.upload.filename,
        "links": {
            "object": "list",
            "data": [],
            "has_more": False,
            "url": f"/v1/file_links?file={file_id}",
        },
        "purpose": purpose,
        "size": len(content),
        "title": None,
        "type": file_type,
        "url": f"{tx.base_url}/v1/files/{file_id}/contents",
    }
    tx.store.insert("file", file)
    return file


def _check(content: bytes, types: tuple[str, ...], largest: int) -> str:
    if not content:
        raise _refused("File for key file is empty.")
    if len(content) > largest:
        raise _refused(f"File for key file exceeded size limit of {largest} bytes.")
    found = next((name for name in types if content.startswith(_MAGIC[name])), None)
    if found is None:
        allowed = ", ".join(_MIME_TYPES[name] for name in types)
        raise _refused(
            "We don't currently support that file type. Try uploading a file with one of the "
            f"following mimetypes: {allowed}."
        )
    return found


def _refused(message: str) -> ApiError:
    return InvalidParameterError(message, param="file")


def retrieve(tx: Transaction, params: JsonObject, file_id: str) -> JsonObject:
    del params
    found = tx.store.get("file", file_id)
    if found is None:
        raise missing_resource("file upload", file_id, param="id", in_path=True)
    return found


def list_all(tx: Transaction, params: JsonObject) -> JsonObject:
    found = Filter("file")
    found.equals("purpose", params.get("purpose"))
    return list_objects(tx, found, params, "/v1/files")


def check_evidence(tx: Transaction, files: Iterable[tuple[str, str]]) -> None:
    """Check the files of a dispute, by name: each exists, and together they are small enough."""
    size = 0
    for name, file_id in files:
        param = f"evidence[{name}]"
        found = tx.store.get("file", file_id)
        if found is None:
            raise missing_resource("file upload", file_id, param=param)
        if found["purpose"] != "dispute_evidence":
            raise ApiError(
                f"The file {file_id} has the purpose {found['purpose']}, not dispute_evidence.",
                param=param,
            )
        size += found["size"]
    if size > _LARGEST_EVIDENCE:
        raise ApiError(
            "The files you've attached to this dispute as evidence will exceed the limit for a "
            "dispute's total size. Try using smaller files as evidence. Hint: if you've attached "
            "images, you might want to try providing them in lower resolutions.",
            param="evidence",
        )
