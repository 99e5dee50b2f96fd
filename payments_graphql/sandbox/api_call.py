"""One request to the API: its parameters, its idempotency key and the headers of its answer."""

import re
import time

from payments_graphql.sandbox.errors import ApiError, UnsavedError
from payments_graphql.sandbox.faults.registry import Disturbance
from payments_graphql.sandbox.form import FormValue, decode_form
from payments_graphql.sandbox.idempotency import SavedAnswer
from payments_graphql.sandbox.messages import UPLOADS, HttpRequest
from payments_graphql.sandbox.multipart import CONTENT_TYPE, Upload, decode_multipart
from payments_graphql.sandbox.request_log import RecordedRequest
from payments_graphql.sandbox.specification import API_VERSION

_VERSION = re.compile(r"20\d\d-\d\d-\d\d(\.[a-z]+)?(; ?[\w=.]+)*", re.ASCII)


class ApiCall:
    """A request and its id; later also its parameters and its faults."""

    def __init__(self, request: HttpRequest, request_id: str, now: float) -> None:
        self.request = request
        self.request_id = request_id
        self.form: dict[str, FormValue] = {}
        self.upload: Upload | None = None
        self.disturbance = Disturbance()
        # GET and DELETE are idempotent, so Stripe ignores their keys.
        sent = request.headers.get("Idempotency-Key") if request.method == "POST" else None
        self.key = sent or None
        self._now = now
        self._began = time.perf_counter()

    def read_form(self) -> None:
        """Read the parameters from the address, from the body, or from both."""
        parts = [self.request.query]
        if self.request.body:
            parts.append(self._read_body())
        self.form = decode_form("&".join(parts))

    def _read_body(self) -> str:
        """Return the body as an URL-encoded form. A file is kept beside it."""
        is_upload = self.request.path == UPLOADS
        expected = CONTENT_TYPE if is_upload else "application/x-www-form-urlencoded"
        if self.request.headers.get_content_type() != expected:
            raise UnsavedError(
                f"Invalid request (check that your POST content type is {expected}). If you have "
                "any questions, we can help at https://support.stripe.com/."
            )
        if not is_upload:
            # Latin-1 keeps every byte; `decode_form` checks them.
            return self.request.body.decode("latin-1")
        form, uploads = decode_multipart(self.request.headers, self.request.body)
        self.upload = uploads.get("file")
        return form

    def check_headers(self) -> None:
        version = self.request.headers.get("Stripe-Version")
        if version is not None and not _VERSION.fullmatch(version):
            raise UnsavedError(f"Invalid Stripe API version: {version[:100]}")
        account = self.request.headers.get("Stripe-Account")
        if account is not None:
            raise UnsavedError(
                f"The provided key does not have access to account '{account[:100]}' (or that "
                "account does not exist). The sandbox has one account only.",
                status=403,
                code="account_invalid",
            )

    def answer_headers(self, saved: SavedAnswer, *, is_replay: bool) -> dict[str, str]:
        """https://docs.stripe.com/api/request_ids and https://docs.stripe.com/api/versioning."""
        version = self.request.headers.get("Stripe-Version", "")
        headers = {
            "Request-Id": self.request_id,
            "Stripe-Version": version if _VERSION.fullmatch(version) else API_VERSION,
            "Cache-Control": "no-cache, no-store",
        }
        if self.key is not None and self.key.isascii() and self.key.isprintable():
            headers["Idempotency-Key"] = self.key
        if is_replay:
            headers |= {"Idempotent-Replayed": "true", "Original-Request": saved.request_id}
        if saved.status == 401:
            headers["WWW-Authenticate"] = 'Basic realm="Stripe"'
        return headers

    def record(self, status: int, *, is_replay: bool) -> RecordedRequest:
        return RecordedRequest(
            method=self.request.method,
            path=self.request.path,
            parameters=dict(self.form),
            idempotency_key=self.key,
            status=status,
            request_id=self.request_id,
            is_replay=is_replay,
            created=self._now,
            duration=time.perf_counter() - self._began,
            fault=self.disturbance.kind,
        )


def needs_secret_key() -> ApiError:
    return UnsavedError(
        "This API call cannot be made with a publishable API key. Please use a secret API key. "
        "You can find a list of your API keys at https://dashboard.stripe.com/account/apikeys.",
        status=403,
        code="secret_key_required",
    )
