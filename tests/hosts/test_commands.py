"""The commands that a host gets have a prefix. This repository's own commands are not installed."""

from django.core.management import get_commands


def test_the_apps_commands_have_a_prefix():
    ours = {name for name, app in get_commands().items() if app == "payments_graphql"}

    assert ours == {
        f"payments_{name}"
        for name in ("doctor", "erase", "reconcile", "replay_events", "sandbox", "sync")
    }


def test_seeding_and_serving_are_of_this_repository():
    assert {name for name, app in get_commands().items() if app == "settings"} == {
        "demo",
        "seed",
        "serve",
    }
