"""Runs only our own system checks."""

from django.core.checks import CheckMessage, run_checks

from payments_graphql import checks


def run_ours() -> list[CheckMessage]:
    return run_checks(tags=[checks.TAG])


def get_ids() -> set[str]:
    return {str(message.id).removeprefix("payments_graphql.") for message in run_ours()}
