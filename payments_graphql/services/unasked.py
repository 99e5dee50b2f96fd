"""Data that we add to a request must not make it fail.

Note [Nobody asked for it]
We add the user's e-mail address and the booking's description to a payment, and the user's name and
address to a customer. The user did not enter them for this payment and cannot correct them, and
Stripe has its own rules. So if Stripe rejects such a parameter, the request is sent again without
it. The operation lists these parameters in `unasked`. If Stripe rejects a parameter that the caller
gave, the error names its field.
"""

from collections.abc import Callable, Collection

from ..errors import UnaskedRefusedError
from ..logs import get_logger

__all__ = ["leaving_out_the_refused"]

logger = get_logger(__name__)


def leaving_out_the_refused[Result](ask: Callable[[Collection[str]], Result]) -> Result:
    """Returns the result of `ask`, which gets the names of the parameters to leave out."""
    left_out: set[str] = set()
    while True:
        try:
            return ask(left_out)
        except UnaskedRefusedError as refused:
            if refused.parameter in left_out:
                raise
            logger.warning("stripe_refused_what_nobody_asked_for", parameter=refused.parameter)
            left_out.add(refused.parameter)
