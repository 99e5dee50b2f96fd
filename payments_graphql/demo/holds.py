"""A hold: the amount is authorized now, and staff capture it later.

Over GraphQL, `captureMethod` requires a permission: the site chooses it, not the browser. So the
site's own code creates the payment here, and the page pays it like any other.
"""

from django.db import transaction
from django.http import Http404, HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from payments_graphql.models import CaptureMethod, list_all_bookings
from payments_graphql.services import StripeService

from .signing_in import get_user


@never_cache
@require_POST
# See Note [No transaction around Stripe].
@transaction.non_atomic_requests
def hold(request: HttpRequest) -> JsonResponse:
    """Creates the payment of the booking `reference`. Returns its Stripe id."""
    person = get_user(request)
    bookings = list_all_bookings().for_user(person)
    booking = bookings.filter(reference=request.POST.get("reference", "")).first()
    if booking is None:
        raise Http404("You have no such booking.")
    result = StripeService().create_payment_intent(
        user=person, booking=booking, capture_method=CaptureMethod.MANUAL
    )
    if not result["success"]:
        return JsonResponse({"error": result["error"]}, status=409)
    return JsonResponse({"stripeId": result["payment_intent"].stripe_payment_intent_id})
