"""The commands that a host gets have a prefix. This repository's own commands are not installed."""

from django.core.management import get_commands


def test_the_apps_commands_have_a_prefix():
    ours = {name for name, app in get_commands().items() if app == "payments_graphql"}

    assert ours == {
        "payments_doctor",
        "payments_erase",
        "payments_figures",
        "payments_prune",
        "payments_reconcile",
        "payments_replay_events",
        "payments_sandbox",
        "payments_search_indexes",
        "payments_sync",
    }


def test_seeding_and_serving_are_of_this_repository():
    assert {name for name, app in get_commands().items() if app == "settings"} == {
        "demo",
        "seed",
        "serve",
    }
