"""Tells `manage.py payments_doctor` how a request of its own arrived here, through the proxies in
front.

Note [The probe is for the doctor alone]
The answer names the address that was seen, and a slow body takes a thread. So only a request is
answered whose header was signed with `SECRET_KEY` in the last minute. To all others nothing is
here: 404, and their body is not read.
"""

from time import monotonic

from django.contrib.auth.decorators import login_not_required
from django.core.signing import BadSignature, TimestampSigner
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound, JsonResponse
from django.http.request import UnreadablePostError
from django.views.decorators.csrf import csrf_exempt

from .client_address import get_client_address

HEADER = "X-Payments-Probe"
LIFETIME = 60
"""Seconds, of a signature. The clocks of the site and of the doctor's machine may differ by it."""

MAXIMUM_BODY = 4096

_SIGNED = "probe"


def sign_probe() -> str:
    """A value for `HEADER`."""
    return _get_signer().sign(_SIGNED)


@login_not_required
@csrf_exempt  # it has no cookie; its signature is the proof
@transaction.non_atomic_requests  # no transaction stays open while a slow body arrives
def probe(request: HttpRequest) -> HttpResponse:
    """`seconds` is how long it took to read the body, `received` how long the body is.
    `forwarded_for` is the header as it came, `address` the one that counts."""
    if request.method != "POST" or not _is_signed(request.headers.get(HEADER, "")):
        return HttpResponseNotFound()
    started = monotonic()
    try:
        received = _read_body(request)
    except UnreadablePostError:  # the doctor has gone away
        return HttpResponse(status=400)
    return JsonResponse(
        {
            "seconds": round(monotonic() - started, 3),
            "received": received,
            "address": get_client_address(request),
            "forwarded_for": request.headers.get("X-Forwarded-For", ""),
        }
    )


def _read_body(request: HttpRequest) -> int:
    received = 0
    while received < MAXIMUM_BODY and (data := request.read(MAXIMUM_BODY - received)):
        received += len(data)
    return received


def _is_signed(value: str) -> bool:
    try:
        return _get_signer().unsign(value, max_age=LIFETIME) == _SIGNED
    except BadSignature:
        return False


def _get_signer() -> TimestampSigner:
    return TimestampSigner(salt="payments_graphql.proxy_probe")
