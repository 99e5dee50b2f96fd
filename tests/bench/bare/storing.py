"""The site as it is while another thread of the process processes events: a webhook is verified,
stored and answered. Here that thread never ends."""

from settings.wsgi import application

__all__ = ["application"]


def _keep_working() -> None:
    from payments_graphql.webhooks import inbox

    inbox._nudge._lock.acquire()


_keep_working()
