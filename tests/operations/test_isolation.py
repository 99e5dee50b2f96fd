"""Two decisions about the same money, in a database that does not start at READ COMMITTED."""

import pytest
from django.core.checks import run_checks
from django.db import connection, connections

from payments_graphql import isolation
from payments_graphql.diagnosis import Level
from payments_graphql.diagnosis.database import examine_database
from payments_graphql.models import Operation, StripeRefund
from tests.threads import run_together

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="SQLite has one writer at a time, and no levels"
    ),
]

unsafe_levels = pytest.mark.parametrize("level", ["repeatable read", "serializable"])


def _connect_anew():
    connection.close()
    connection.close_pool()


@pytest.fixture
def set_default(transactional_db):
    """As a database administrator may do."""
    name = connection.ops.quote_name(connection.settings_dict["NAME"])

    def alter(change):
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER DATABASE {name} {change}")
        _connect_anew()

    yield lambda level: alter(f"SET default_transaction_isolation = '{level}'")
    alter("RESET default_transaction_isolation")


@pytest.fixture
def host_options(monkeypatch):
    """A site's own `DATABASES`: `host_options(isolation_level=...)`, or without a level."""

    def host_options(**stated):
        options = {**connection.settings_dict["OPTIONS"]}
        options.pop("isolation_level", None)
        monkeypatch.setitem(connections.settings["default"], "OPTIONS", {**options, **stated})
        monkeypatch.setitem(connection.settings_dict, "OPTIONS", {**options, **stated})
        _connect_anew()

    yield host_options
    monkeypatch.undo()
    _connect_anew()


def _refund_twice_at_once(service, intent):
    return run_together(2, lambda _: service.create_refund(intent, amount=10))


@unsafe_levels
def test_two_refunds_at_once_take_the_money_once_whatever_the_servers_default(
    set_default, level, sandbox, service, pay, alice
):
    intent = pay(alice, "10.00")
    set_default(level)

    results = _refund_twice_at_once(service, intent)

    assert sorted(result["success"] for result in results) == [False, True]
    assert StripeRefund.objects.count() == 1
    assert len(sandbox.requests(path="/v1/refunds")) == 1


def assert_refused(results, sandbox):
    assert [result["error_code"] for result in results] == ["unavailable"] * 2
    assert not Operation.objects.filter(kind="create_refund").exists()
    assert not sandbox.requests(path="/v1/refunds")


@unsafe_levels
def test_a_default_that_nobody_overrides_is_refused_before_anything_is_recorded(
    set_default, level, sandbox, service, pay, alice, host_options
):
    intent = pay(alice, "10.00")
    set_default(level)
    host_options()

    assert_refused(_refund_twice_at_once(service, intent), sandbox)
    # Known to be unsafe, but still read again, since someone may have corrected it.
    assert_refused(_refund_twice_at_once(service, intent), sandbox)
    (message,) = run_checks(tags=["database"], databases=["default"])
    assert message.id == "payments_graphql.E042"
    assert "isolation_level" in message.hint


def test_a_level_that_the_settings_state_is_refused(sandbox, service, pay, alice, host_options):
    intent = pay(alice, "10.00")
    host_options(isolation_level=3)

    assert_refused(_refund_twice_at_once(service, intent), sandbox)
    (found,) = (one for one in examine_database() if one.level is Level.ERROR)
    assert "REPEATABLE READ" in found.message


def test_the_servers_default_is_read_once_for_a_connection(
    service, alice, host_options, monkeypatch
):
    host_options()
    read_of = []
    read_default_level = isolation.read_default_level

    def read():
        read_of.append(connection.connection)
        return read_default_level()

    monkeypatch.setattr(isolation, "read_default_level", read)
    for _ in range(10):
        assert service.create_payment_intent(user=alice, amount=10, currency="USD")["success"]

    assert 0 < len(read_of) < 5  # the pool has one or two connections
    assert len(read_of) == len(set(map(id, read_of)))
    assert run_checks(tags=["database"], databases=["default"]) == []
