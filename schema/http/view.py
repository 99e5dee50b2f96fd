"""GraphQL over HTTP: POST with JSON, GET for queries, and GraphiQL for browsers if it is on.

Every error of a request is a GraphQL error in JSON, never a page.
"""

from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from graphql import GraphQLError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from payments_graphql import deadlines
from payments_graphql.conf import conf
from payments_graphql.correlation import correlated
from payments_graphql.operations import actor_of, on_behalf_of

from ..engine.context import Context
from ..engine.limits import VALIDATION_FAILED
from ..schema import get_schema
from .authentication import authenticate
from .errors import explain
from .graphiql import graphiql
from .media_types import GRAPHQL_RESPONSE, JSON, choose_media_type
from .requests import GraphQLRequest, RequestError, read_request
from .responses import respond


@login_not_required  # each field checks its own permissions
# Exempt, as `authenticate` checks it for those who need it; a token needs none.
@csrf_exempt
# See Note [No transaction around Stripe]: a view under ATOMIC_REQUESTS would be in one.
@transaction.non_atomic_requests
@correlated
def graphql_view(request: HttpRequest) -> HttpResponse:
    if conf.PAYMENTS_GRAPHIQL and request.method == "GET" and _is_browser(request):
        return graphiql(request)
    media_type = choose_media_type(request.headers.get("Accept", ""))
    if media_type is None:
        message = f"`Accept` must allow {GRAPHQL_RESPONSE} or {JSON}."
        return explain(RequestError(406, message, "NOT_ACCEPTABLE"), request, JSON)
    try:
        with deadlines.within(conf.PAYMENTS_REQUEST_TIMEOUT):
            asked = read_request(request)
            authenticate(request)
            with on_behalf_of(actor_of(request.user) if request.user.is_authenticated else ""):
                return respond(execute(asked, request), media_type)
    except Exception as error:
        return explain(error, request, media_type)


def execute(asked: GraphQLRequest, request: HttpRequest) -> ExecutionResult:
    """Runs queries sent by GET, and queries and mutations sent by POST. Raises `RequestError`."""
    allowed = {OperationType.QUERY}
    if request.method == "POST":
        allowed.add(OperationType.MUTATION)
    try:
        return get_schema().execute_sync(
            asked.query,
            variable_values=asked.variables,
            context_value=Context(request=request, response=HttpResponse()),
            operation_name=asked.operation_name,
            allowed_operation_types=allowed,
            operation_extensions=asked.extensions,
        )
    except CannotGetOperationTypeError as error:
        return _fail(error.as_http_error_reason()[:500])
    except InvalidOperationTypeError as error:
        if error.operation_type is OperationType.MUTATION:
            message = "Send mutations with POST."
            headers = {"Allow": "POST"}
            raise RequestError(405, message, "METHOD_NOT_ALLOWED", headers) from None
        return _fail("Send subscriptions with `Accept: text/event-stream`.")


def _is_browser(request: HttpRequest) -> bool:
    return "text/html" in request.headers.get("Accept", "")


def _fail(message: str) -> ExecutionResult:
    """The document has no operation to run."""
    error = GraphQLError(message, extensions={"code": VALIDATION_FAILED})
    return ExecutionResult(data=None, errors=[error])
