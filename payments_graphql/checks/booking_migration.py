"""Checks that the site's booking table is created before our tables, which refer to it."""

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.core import checks
from django.db.migrations.exceptions import CircularDependencyError, NodeNotFoundError
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import CreateModel, RenameModel, SeparateDatabaseAndState

from ..conf import conf
from .messages import TAG, find_wrong_types, make_error, make_warning

OURS = "payments_graphql"


@checks.register(TAG)
def check_booking_migration(**_: object) -> list[checks.CheckMessage]:
    if any(name == "PAYMENTS_BOOKING_MIGRATION" for name, _ in find_wrong_types()):
        return []
    try:
        model = apps.get_model(conf.PAYMENTS_BOOKING_MODEL)
    except (LookupError, ValueError):
        return []  # E011
    label, wanted = model._meta.app_label, conf.PAYMENTS_BOOKING_MIGRATION
    if label == OURS:
        return [] if wanted == "__first__" else [_report_unneeded_setting()]
    loader = MigrationLoader(None, load=False, ignore_no_migrations=True)
    try:
        loader.build_graph()
    except NodeNotFoundError as error:
        is_about_it = error.node == (label, wanted)
        return (
            [_report_unknown_migration(label, wanted, _find_creators(loader, model))]
            if is_about_it
            else []
        )
    except CircularDependencyError:
        return []  # Django says so itself
    makers = _find_creators(loader, model)
    if not makers:
        hint = f"Run `manage.py makemigrations {label}`."
        return [make_warning(61, f"No migration creates the table of {model._meta.label}.", hint)]
    roots = loader.graph.root_nodes(OURS)
    before = {key for root in roots for key in loader.graph.forwards_plan(root)}
    if not roots or not before.isdisjoint(makers):
        return []
    message = f"The table of {model._meta.label} is created by {'.'.join(makers[-1])}, after ours."
    return [make_error(60, message, _set_it_to(makers))]


def _find_creators(loader: Any, model: Any) -> list[tuple[str, str]]:
    """The migrations that create the table, sorted. Two if one of them is a squashed migration."""
    return sorted(
        key
        for key, migration in loader.disk_migrations.items()
        if key[0] == model._meta.app_label
        and _creates(migration.operations, model._meta.model_name)
    )


def _creates(operations: Iterable[Any], name: str) -> bool:
    for operation in operations:
        match operation:
            case CreateModel(name_lower=made) | RenameModel(new_name_lower=made):
                if made == name:
                    return True
            case SeparateDatabaseAndState(state_operations=inner):
                if _creates(inner, name):
                    return True
    return False


def _report_unknown_migration(
    label: str, wanted: str, makers: list[tuple[str, str]]
) -> checks.Error:
    message = f"PAYMENTS_BOOKING_MIGRATION is {wanted!r}, which {label} does not have."
    hint = f"Remove it, run `manage.py makemigrations {label}`, and set it to the new migration."
    return make_error(60, message, _set_it_to(makers) if makers else hint)


def _report_unneeded_setting() -> checks.Error:
    message = "PAYMENTS_BOOKING_MIGRATION is set without PAYMENTS_BOOKING_MODEL."
    return make_error(60, message, "Set both, or neither.")


def _set_it_to(makers: list[tuple[str, str]]) -> str:
    return f'Set PAYMENTS_BOOKING_MIGRATION = "{makers[-1][1]}".'
