"""Who may do what, and what somebody else's things look like."""

import pytest
from django.contrib.auth.models import AnonymousUser

from payments_graphql.conf import conf
from payments_graphql.errors import PermissionDeniedError
from payments_graphql.models import StripePaymentIntent, StripePaymentMethod, StripeRefund
from payments_graphql.policy import Policy, require
from payments_graphql.services import payment_intents


@pytest.fixture
def intent(service, alice):
    return service.create_payment_intent(user=alice, amount=10, currency="USD")["payment_intent"]


@pytest.fixture
def people(alice, bob, sam):
    return {"alice": alice, "bob": bob, "sam": sam, "charlie": AnonymousUser(), "nobody": None}


@pytest.mark.parametrize(
    ("question", "allowed"),
    [
        ("may_confirm", {"alice"}),
        ("may_capture", {"sam"}),
        ("may_cancel", {"alice", "sam"}),
        ("may_refund", {"alice", "sam"}),
        ("may_update", {"alice", "sam"}),
        ("may_charge_off_session", {"sam"}),
    ],
)
def test_who_may(intent, people, question, allowed):
    policy = Policy()

    answers = {name for name, person in people.items() if getattr(policy, question)(person, intent)}

    assert answers == allowed


def test_an_authorised_payment_is_the_sites_to_cancel(intent, people):
    intent.status = "requires_capture"

    answers = {name for name, person in people.items() if Policy().may_cancel(person, intent)}

    assert answers == {"sam"}


def test_owners_refund_only_where_it_is_switched_on(intent, people, settings):
    settings.PAYMENTS_OWNERS_MAY_REFUND = False

    answers = {name for name, person in people.items() if Policy().may_refund(person, intent)}

    assert answers == {"sam"}


@pytest.mark.parametrize(
    ("question", "permission"),
    [
        ("may_cancel_refund", "change_striperefund"),
        ("may_answer_dispute", "change_stripedispute"),
    ],
)
def test_each_has_a_permission_of_its_own(people, sam, question, permission):
    answers = {name for name, one in people.items() if getattr(Policy(), question)(one, None)}
    assert answers == {"sam"}

    sam.user_permissions.remove(sam.user_permissions.get(codename=permission))
    assert not getattr(Policy(), question)(type(sam).objects.get(pk=sam.pk), None)


@pytest.mark.parametrize("question", ["may_set_capture_method", "may_see_everything"])
def test_what_only_staff_may(people, question):
    answers = {name for name, person in people.items() if getattr(Policy(), question)(person)}

    assert answers == {"sam"}


def test_somebody_inactive_may_nothing(intent, sam):
    sam.is_active = False

    assert not Policy().may_capture(sam, intent)


@pytest.mark.parametrize("model", [StripePaymentIntent, StripeRefund, StripePaymentMethod])
def test_lists_hold_the_persons_own_alone(service, alice, bob, pay, model):
    intent = pay(alice, save_payment_method=True)
    service.create_refund(intent)

    assert model.objects.for_user(alice).count() == 1
    assert not model.objects.for_user(bob).exists()
    assert not model.objects.for_user(AnonymousUser()).exists()


def test_what_stripe_has_not_accepted_is_in_no_list(service, alice, pay):
    intent = pay(alice)
    StripePaymentIntent.objects.create(customer=intent.customer, amount=1, currency="USD")
    StripeRefund.objects.create(payment_intent=intent, amount=1, currency="USD")

    assert list(StripePaymentIntent.objects.for_user(alice)) == [intent]
    assert not StripeRefund.objects.for_user(alice).exists()


def test_a_no_says_what(alice):
    with pytest.raises(PermissionDeniedError, match="not allowed to dance"):
        require(False, "You are not allowed to dance.")


class NobodyMay(Policy):
    def may_confirm(self, person, intent):
        return False


def test_a_site_can_replace_it(intent, alice, settings):
    settings.PAYMENTS_POLICY = "tests.test_policy.NobodyMay"

    assert isinstance(conf.PAYMENTS_POLICY, NobodyMay)
    with pytest.raises(PermissionDeniedError):
        payment_intents.confirm_payment_intent(
            payment_intent=intent, payment_method="pm_card_visa", user=alice
        )
