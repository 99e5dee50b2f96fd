"""A local, stateful Stripe: real HTTP, real signatures, no account and no internet.

`Sandbox` is the public interface, with what it returns; `python -m payments_graphql.sandbox` runs
one by itself.
Nothing here imports Django, the rest of this project or a third-party package, so that any
integration in any process can use it.
"""

from payments_graphql.sandbox.faults.registry import Fault
from payments_graphql.sandbox.request_log import RecordedRequest
from payments_graphql.sandbox.server import Sandbox

__all__ = ["Fault", "RecordedRequest", "Sandbox"]
