"""A process that dies by SIGKILL at the named moment of a payment or a refund.

python -m tests.kill.die MOMENT create|refund USERNAME|INTENT KEY
"""

import os
import signal
import sys
from typing import Any

import django

django.setup()

from django.contrib.auth.models import User  # noqa: E402

from payments_graphql.models import StripePaymentIntent  # noqa: E402
from payments_graphql.operations import performing, running  # noqa: E402
from payments_graphql.services import StripeService  # noqa: E402


def _die(*arguments: Any, **values: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main(moment: str, what: str, subject: str, key: str) -> None:
    match moment:
        case "recorded":  # the operation is in the database, Stripe has not been asked
            performing.run = _die
        case "answered":  # Stripe has done it and said so, nothing of it is in the database
            running.settle_success = _die
        case "settled":  # everything is in the database, and the caller was not told
            running.mirror.send_signals = _die
    service = StripeService()
    if what == "create":
        user = User.objects.get(username=subject)
        service.create_payment_intent(
            user=user, amount="99.99", currency="USD", idempotency_key=key
        )
    else:
        intent = StripePaymentIntent.objects.get(pk=subject)
        service.create_refund(intent, amount="40.00", idempotency_key=key)


if __name__ == "__main__":
    main(*sys.argv[1:])
