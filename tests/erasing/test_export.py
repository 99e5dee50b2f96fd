import json

from payments_graphql.models import Operation, StripePaymentMethod

from .conftest import find_marker


def test_the_export_has_all_that_is_kept(life, anna, run, tmp_path):
    file = tmp_path / "anna.json"
    run("anna.marker", "--export", str(file))

    exported = json.loads(file.read_text())
    assert file.stat().st_mode & 0o777 == 0o600
    assert exported["person"] == {
        "user": str(anna.pk),
        "customers": [life.stripe_customer_id],
    }
    assert exported["user"] == {
        "username": "anna.marker",
        "name": "Anna Marker",
        "email": "anna.marker@example.com",
    }
    assert {name: len(rows) for name, rows in exported.items() if isinstance(rows, list)} == {
        "customers": 1,
        "payment_intents": 3,
        "payment_methods": StripePaymentMethod.objects.count(),
        "setup_intents": 1,
        "refunds": 1,
        "refund_requests": 1,
        "disputes": 1,
        "notes": 1,
        "status_changes": len(exported["status_changes"]),
        "bookings": 1,
        "operations": len(exported["operations"]),
        "webhook_events": len(exported["webhook_events"]),
    }
    (refund,) = exported["refunds"]
    assert (refund["amount"], refund["description"]) == (1000, "Anna Marker was ill")
    emails = [event["payload"] for event in exported["webhook_events"] if event["payload"]]
    assert any("anna.marker@example.com" in json.dumps(payload) for payload in emails)
    sent = [operation["parameters"].get("email") for operation in exported["operations"]]
    assert "anna.marker@example.com" in sent


def test_without_a_file_the_output_is_the_export(paid, anna, run):
    output, said = run("anna.marker")

    assert json.loads(output)["user"]["email"] == anna.email
    assert "payment_intents: 1" in said


def test_a_dry_run_changes_nothing(life, run):
    before = find_marker()
    output, said = run("anna.marker", "--dry-run")

    assert output == ""
    assert "payment_intents: 3" in said
    assert "Would be erased." in said
    assert find_marker() == before
    assert not Operation.objects.filter(kind="delete_customer").exists()
