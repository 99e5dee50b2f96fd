import pytest
from django.db.transaction import TransactionManagementError

from payments_graphql.mirror.payment_intents import lock_payment_intent


@pytest.mark.django_db(transaction=True)
def test_a_payment_is_only_locked_inside_a_transaction():
    with pytest.raises(TransactionManagementError):
        lock_payment_intent("pi_1")
