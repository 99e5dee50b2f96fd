"""Work for `django.tasks`: at once with the immediate backend, in a worker with another."""

from django.conf import settings
from django.tasks import task

from .webhooks import inbox


@task
def process_event(pk: str) -> str:
    """A nudge. Inline, before Stripe has its answer, nobody asks Stripe anything back."""
    state = inbox.process_inline(pk) if _is_inline() else inbox.process(pk, may_read=True)
    return state or "not ours to process"


def _is_inline() -> bool:
    backends = getattr(settings, "TASKS", {})
    backend = backends.get("default", {}).get("BACKEND", "")
    return not backend or backend.endswith("ImmediateBackend")
