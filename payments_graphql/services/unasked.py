"""What we add to a request by ourselves must not stop it.

Note [Nobody asked for it]
A payment gets the user's own e-mail address for its receipt and the booking's description, a
customer the user's name and address. Nobody typed them for this payment, so that nobody can put
right what Stripe refuses of them, and its rules are its own: a request that was refused because of
such a parameter is made again without it. The operation names them in `unasked`; a parameter that
the caller gave is refused with an error that names its field.
"""

from collections.abc import Callable, Collection

from ..errors import UnaskedRefusedError
from ..logs import get_logger

__all__ = ["leaving_out_the_refused"]

logger = get_logger(__name__)


def leaving_out_the_refused[Result](ask: Callable[[Collection[str]], Result]) -> Result:
    """What `ask` gives, which gets the names of the parameters to leave out."""
    left_out: set[str] = set()
    while True:
        try:
            return ask(left_out)
        except UnaskedRefusedError as refused:
            if refused.parameter in left_out:
                raise
            logger.warning("stripe_refused_what_nobody_asked_for", parameter=refused.parameter)
            left_out.add(refused.parameter)
