"""Stripe's errors: https://docs.stripe.com/api/errors and https://docs.stripe.com/error-codes."""

from payments_graphql.sandbox.json_object import JsonObject

HELP = "we can help at https://support.stripe.com/."


class ApiError(Exception):
    """An answer that isn't 2xx.

    `saves_idempotency_key` says whether the answer is saved for the request's idempotency key.
    Stripe saves it once the request began to execute, not if the parameters were invalid.
    `keeps_effects` says whether the effects before the error are kept. A decline leaves a failed
    charge and an error on the intent; other errors leave nothing.
    """

    saves_idempotency_key = True
    keeps_effects = False

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        **extra: object,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.kind = kind
        self.code = code
        self.param = param
        self.extra: JsonObject = extra

    def body(self, request_id: str, now: int) -> JsonObject:
        """Return the JSON answer. Like Stripe's, it omits fields without a value."""
        error: JsonObject = {}
        if self.code is not None:
            error["code"] = self.code
            page = self.code.replace("_", "-")
            error["doc_url"] = f"https://stripe.com/docs/error-codes/{page}"
        error["message"] = self.message
        if self.param is not None:
            error["param"] = self.param
        error |= {name: value for name, value in self.extra.items() if value is not None}
        error["request_log_url"] = f"https://dashboard.stripe.com/test/logs/{request_id}?t={now}"
        error["type"] = self.kind
        return {"error": error}


class InvalidParameterError(ApiError):
    """Invalid parameters: nothing was done, and the idempotency key can be used again."""

    saves_idempotency_key = False


class UnsavedError(ApiError):
    """Refused before the request was executed: invalid API keys, unknown paths, keys in use."""

    saves_idempotency_key = False


class CardError(ApiError):
    """The card was declined. The effects, such as a failed charge, are kept."""

    keeps_effects = True

    def __init__(self, message: str, **fields: object) -> None:
        code = fields.pop("code", None)
        param = fields.pop("param", None)
        super().__init__(
            message,
            status=402,
            kind="card_error",
            code=str(code) if code else None,
            param=str(param) if param else None,
            **fields,
        )


def missing_resource(
    noun: str, object_id: str, *, param: str = "id", in_path: bool = False
) -> ApiError:
    """Return the error: 404 for an id in the path, 400 for one in the parameters, as at Stripe."""
    return ApiError(
        f"No such {noun}: '{object_id}'",
        status=404 if in_path else 400,
        code="resource_missing",
        param=param,
    )


def unexpected_intent_state(message: str, intent: JsonObject) -> ApiError:
    """The intent's status doesn't allow the call. The error contains the intent."""
    kind = intent["object"]
    error = ApiError(message, code=f"{kind}_unexpected_state")
    error.extra[kind] = intent
    return error


def empty_parameter(name: str) -> InvalidParameterError:
    """An empty string for a parameter that can't be unset."""
    return InvalidParameterError(
        f"You passed an empty string for '{name}'. We assume empty values are an attempt to unset "
        f"a parameter; however '{name}' cannot be unset. You should remove '{name}' from your "
        "request or supply a non-empty value.",
        code="parameter_invalid_empty",
        param=name,
    )


def missing_parameter(name: str) -> InvalidParameterError:
    return InvalidParameterError(
        f"Missing required param: {name}.", code="parameter_missing", param=name
    )


def unknown_parameters(names: list[str]) -> InvalidParameterError:
    plural = "s" if len(names) > 1 else ""
    return InvalidParameterError(
        f"Received unknown parameter{plural}: {', '.join(names)}",
        code="parameter_unknown",
        param=names[0],
    )


def unrecognized_url(method: str, path: str) -> UnsavedError:
    return UnsavedError(
        f"Unrecognized request URL ({method}: {path}). Please see https://stripe.com/docs or "
        f"{HELP}",
        status=404,
    )
