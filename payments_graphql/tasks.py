"""Work for `django.tasks`, where the site has workers for them."""

from django.tasks import task

from .webhooks import inbox


@task
def process_event(pk: str) -> str:
    """A nudge: without it `reconcile` does it. See Note [The row is the truth]."""
    return inbox.process(pk) or "not ours to process"
