"""Work for `django.tasks`: at once with the immediate backend, in a worker with another."""

from django.tasks import task

from .webhooks import inbox
from .webhooks.view import is_inline


@task
def process_event(pk: str) -> str:
    """A nudge. Inline, before Stripe has its answer, nobody asks Stripe anything back."""
    state = inbox.process_inline(pk) if is_inline() else inbox.process(pk, may_read=True)
    return state or "not ours to process"
