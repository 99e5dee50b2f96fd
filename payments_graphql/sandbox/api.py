"""Stripe's API: from an HTTP request to the answer, one database transaction each."""

import json
import logging
import re
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial

from payments_graphql.sandbox.authentication import KeyKind, check_key
from payments_graphql.sandbox.errors import ApiError, UnsavedError, unrecognized_url
from payments_graphql.sandbox.expansion import check_expansions, expand
from payments_graphql.sandbox.form import FormValue, decode_form
from payments_graphql.sandbox.idempotency import IdempotencyKeys, SavedAnswer
from payments_graphql.sandbox.identifiers import IdentifierFactory
from payments_graphql.sandbox.json_object import JsonObject, without_private_fields
from payments_graphql.sandbox.messages import HttpAnswer, HttpRequest
from payments_graphql.sandbox.parameters import check_parameters
from payments_graphql.sandbox.request_log import RecordedRequest, RequestLog
from payments_graphql.sandbox.routes import Route, find_route
from payments_graphql.sandbox.specification import API_VERSION
from payments_graphql.sandbox.store import Store
from payments_graphql.sandbox.transaction import Transaction

_VERSION = re.compile(r"20\d\d-\d\d-\d\d(\.[a-z]+)?(; ?[\w=.]+)*", re.ASCII)
_logger = logging.getLogger(__name__)


class Api:
    """Answers `/v1`; `on_change` is called after each request that may have changed something."""

    def __init__(
        self, store: Store, ids: IdentifierFactory, base_url: str, on_change: Callable[[], None]
    ) -> None:
        self.request_log = RequestLog()
        self._store = store
        self._ids = ids
        self._base_url = base_url
        self._on_change = on_change
        self._keys = IdempotencyKeys(store)

    def answer(self, request: HttpRequest) -> HttpAnswer:
        """Answer and record one request; every error becomes Stripe's JSON."""
        call = _Call(request, self._ids.new("req"))
        try:
            saved, is_replay = self._perform(call)
        except ApiError as error:
            saved, is_replay = self._failure(call, error), False
        except Exception:  # a bug of ours must not take the server down
            _logger.exception("%s %s failed", request.method, request.path)
            bug = ApiError("An unknown error occurred.", status=500, kind="api_error")
            saved, is_replay = self._failure(call, bug), False
        self.request_log.add(
            RecordedRequest(
                request.method,
                request.path,
                dict(call.form),
                call.key,
                saved.status,
                call.request_id,
                is_replay,
            )
        )
        if request.method != "GET":
            self._on_change()
        headers = call.headers()
        if is_replay:
            headers |= {"Idempotent-Replayed": "true", "Original-Request": saved.request_id}
        if saved.status == 401:
            headers["WWW-Authenticate"] = 'Basic realm="Stripe"'
        return HttpAnswer(saved.status, saved.body.encode(), headers=headers)

    def _failure(self, call: "_Call", error: ApiError) -> SavedAnswer:
        body = error.body(call.request_id, int(self._store.now()))
        return SavedAnswer(error.status, json.dumps(body), call.request_id)

    def _perform(self, call: "_Call") -> tuple[SavedAnswer, bool]:
        """Return the answer, and whether it is an earlier one repeated."""
        request = call.request
        key_kind = check_key(request.headers.get("Authorization"))
        found = find_route(request.method, request.path)
        if found is None:
            raise unrecognized_url(request.method, request.path)
        route, path_ids = found
        if key_kind is KeyKind.PUBLISHABLE and not route.takes_publishable_key:
            raise _needs_secret_key()
        _check_headers(request)
        call.read_form()
        with self._keys.in_use(call.key) if call.key else nullcontext():
            if call.key:
                saved = self._keys.saved_answer(call.key, request.path, call.form)
                if saved is not None:
                    return saved, True
            return self._execute(call, route, path_ids, key_kind), False

    def _execute(
        self, call: "_Call", route: Route, path_ids: tuple[str, ...], key_kind: KeyKind
    ) -> SavedAnswer:
        """Check the parameters, then do it in one transaction with its answer."""
        params = check_parameters(call.form, route.parameters)
        expansions: list[str] = params.pop("expand", [])
        check_expansions(expansions, route.kind, is_list=route.is_list)
        tx = Transaction(
            store=self._store,
            ids=self._ids,
            base_url=self._base_url,
            request_id=call.request_id,
            idempotency_key=call.key,
            is_publishable=key_kind is KeyKind.PUBLISHABLE,
        )
        try:
            with self._store.transaction():
                saved = self._run(call, partial(route.handler, tx, params, *path_ids), expansions)
                self._save(call, saved)
                return saved
        except ApiError as error:
            # Here the effects are rolled back; the refusal itself is still the key's answer.
            saved = self._failure(call, error)
            if error.saves_idempotency_key:
                with self._store.transaction():
                    self._save(call, saved)
            return saved

    def _run(
        self, call: "_Call", handler: Callable[[], JsonObject], expansions: list[str]
    ) -> SavedAnswer:
        """Do it; a decline is an answer too, whose effects stay."""
        try:
            answer = without_private_fields(handler())
        except ApiError as error:
            if not error.keeps_effects:
                raise
            return self._failure(call, error)
        expand(self._store, answer, expansions)
        return SavedAnswer(200, json.dumps(answer), call.request_id)

    def _save(self, call: "_Call", saved: SavedAnswer) -> None:
        if call.key:
            self._keys.save(call.key, call.request.path, call.form, saved)


class _Call:
    """One request on its way: its id, its idempotency key and, once read, its parameters."""

    def __init__(self, request: HttpRequest, request_id: str) -> None:
        self.request = request
        self.request_id = request_id
        self.form: dict[str, FormValue] = {}
        # Reading and deleting can be repeated anyway, so Stripe ignores their keys.
        sent = request.headers.get("Idempotency-Key") if request.method == "POST" else None
        self.key = sent or None

    def read_form(self) -> None:
        """Parameters may be in the address, in the body, or in both."""
        parts = [self.request.query]
        if self.request.body:
            kind = self.request.headers.get_content_type()
            if kind != "application/x-www-form-urlencoded":
                raise UnsavedError(
                    "Invalid request (check that your POST content type is "
                    "application/x-www-form-urlencoded). If you have any questions, we can help "
                    "at https://support.stripe.com/."
                )
            # Latin-1 keeps every byte as it is; the form's own decoding judges them.
            parts.append(self.request.body.decode("latin-1"))
        self.form = decode_form("&".join(parts))

    def headers(self) -> dict[str, str]:
        version = self.request.headers.get("Stripe-Version", "")
        headers = {
            "Request-Id": self.request_id,
            "Stripe-Version": version if _VERSION.fullmatch(version) else API_VERSION,
            "Cache-Control": "no-cache, no-store",
        }
        if self.key is not None and self.key.isascii() and self.key.isprintable():
            headers["Idempotency-Key"] = self.key
        return headers


def _check_headers(request: HttpRequest) -> None:
    version = request.headers.get("Stripe-Version")
    if version is not None and not _VERSION.fullmatch(version):
        raise UnsavedError(f"Invalid Stripe API version: {version[:100]}")
    account = request.headers.get("Stripe-Account")
    if account is not None:
        raise UnsavedError(
            f"The provided key does not have access to account '{account[:100]}' (or that account "
            "does not exist). The sandbox has one account only.",
            status=403,
            code="account_invalid",
        )


def _needs_secret_key() -> ApiError:
    return UnsavedError(
        "This API call cannot be made with a publishable API key. Please use a secret API key. "
        "You can find a list of your API keys at https://dashboard.stripe.com/account/apikeys.",
        status=403,
        code="secret_key_required",
    )
