"""Who may do what, and how other people's objects look."""

import pytest
from django.contrib.auth.models import AnonymousUser, Permission

from payments_graphql.errors import PermissionDeniedError
from payments_graphql.models import (
    Booking,
    RefundRequest,
    StripePaymentIntent,
    StripePaymentMethod,
    StripeRefund,
)
from payments_graphql.policy import Policy, get_policy, require
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


def test_who_may_pay(booking, people):
    answers = {name for name, person in people.items() if Policy().may_pay(person, booking)}

    assert answers == {"alice"}


def test_an_authorized_payment_is_the_sites_to_cancel(intent, people):
    intent.status = "requires_capture"

    answers = {name for name, person in people.items() if Policy().may_cancel(person, intent)}

    assert answers == {"sam"}


def test_owners_refund_only_where_it_is_switched_on(intent, people, settings):
    settings.PAYMENTS_OWNERS_MAY_REFUND = False

    answers = {name for name, person in people.items() if Policy().may_refund(person, intent)}

    assert answers == {"sam"}


PERMISSIONS = {
    "may_capture": "capture_payment",
    "may_cancel": "cancel_payment",
    "may_update": "update_payment",
    "may_charge_off_session": "charge_saved_card",
    "may_set_capture_method": "capture_payment",
    "may_refund": "refund_payment",
    "may_reduce_amount_due": "refund_payment",
    "may_cancel_refund": "refund_payment",
    "may_answer_dispute": "manage_disputes",
    "may_manage_disputes": "manage_disputes",
    "may_resolve": "resolve_operation",
    "may_erase": "erase_customer",
    "may_see_everything": "view_stripepaymentintent",
    "may_lift_block": "lift_block",
    "may_export": "export_payments",
    "may_replay_events": "replay_event",
    "may_see_personal_data": "see_personal_data",
    "may_add_note": "add_note",
    "may_approve_refund": "approve_refund",
    "may_reject_refund": "approve_refund",
}
OF_NOTHING = (
    "may_set_capture_method", "may_see_everything", "may_exceed_limits", "may_export",
    "may_manage_disputes", "may_replay_events", "may_see_personal_data",
)  # fmt: skip
OF_REQUEST = ("may_approve_refund", "may_reject_refund")


def _may(question, person, subject):
    asked = getattr(Policy(), question)
    if question in OF_REQUEST:
        return asked(person, RefundRequest(payment_intent=subject, actor="system:site"))
    return asked(person) if question in OF_NOTHING else asked(person, subject)


@pytest.mark.parametrize(("question", "permission"), PERMISSIONS.items())
def test_one_permission_alone_is_enough_and_needed(intent, sam, question, permission):
    sam.user_permissions.set(sam.user_permissions.filter(codename=permission))
    assert _may(question, type(sam).objects.get(pk=sam.pk), intent)

    others = Permission.objects.filter(content_type__app_label="payments_graphql")
    sam.user_permissions.set(others.exclude(codename=permission))
    assert not _may(question, type(sam).objects.get(pk=sam.pk), intent)


@pytest.mark.parametrize(
    "question",
    [
        "may_reduce_amount_due",
        "may_cancel_refund",
        "may_answer_dispute",
        "may_resolve",
        "may_lift_block",
        "may_add_note",
        *OF_REQUEST,
        *OF_NOTHING,
    ],
)
def test_what_only_staff_may(intent, people, question):
    answers = {name for name, person in people.items() if _may(question, person, intent)}

    assert answers == {"sam"}


def test_every_question_of_the_policy_is_asked_here():
    asked = {name for name in vars(Policy) if name.startswith("may_")}
    of_customers = {"may_confirm", "may_pay", "may_sign_in_by_password"}
    assert asked == {*PERMISSIONS, *OF_NOTHING, *of_customers}


def test_anybody_may_sign_in_by_password_until_the_site_says_no(alice):
    assert Policy().may_sign_in_by_password(alice)


@pytest.mark.parametrize("model", [StripeRefund, Booking])
def test_rows_of_everybody_need_the_permission_to_view_them_too(sam, model):
    assert Policy().may_see_everything(sam, model)

    sam.user_permissions.remove(sam.user_permissions.get(codename=f"view_{model._meta.model_name}"))
    sam = type(sam).objects.get(pk=sam.pk)
    assert not Policy().may_see_everything(sam, model)
    assert Policy().may_see_everything(sam)


def test_a_user_model_without_permissions_may_nothing_of_the_sites():
    class Guest:
        pk = None

    assert not Policy().may_set_capture_method(Guest())
    assert not Policy().may_see_everything(Guest(), StripeRefund)
    assert not Policy().may_exceed_limits(Guest())


def test_somebody_inactive_may_nothing(intent, sam):
    sam.is_active = False

    assert not Policy().may_capture(sam, intent)


@pytest.mark.parametrize("model", [StripePaymentIntent, StripeRefund, StripePaymentMethod])
def test_lists_contain_only_the_persons_own_rows(service, alice, bob, pay, model):
    intent = pay(alice, save_payment_method=True)
    service.create_refund(intent)

    assert model.objects.for_user(alice).count() == 1
    assert not model.objects.for_user(bob).exists()
    assert not model.objects.for_user(AnonymousUser()).exists()


def test_rows_that_stripe_has_not_accepted_are_not_listed(service, alice, pay):
    intent = pay(alice)
    StripePaymentIntent.objects.create(customer=intent.customer, amount=1, currency="USD")
    StripeRefund.objects.create(payment_intent=intent, amount=1, currency="USD")

    assert list(StripePaymentIntent.objects.for_user(alice)) == [intent]
    assert not StripeRefund.objects.for_user(alice).exists()


def test_a_denial_says_what_is_not_allowed(alice):
    with pytest.raises(PermissionDeniedError, match="not allowed to dance") as caught:
        require(False, "You are not allowed to dance.", path=("partner",))
    assert caught.value.path == ("partner",)
    require(True, "You are not allowed to dance.")


class NobodyMay(Policy):
    def may_confirm(self, person, intent):
        return False


def test_a_site_can_replace_it(intent, alice, settings):
    settings.PAYMENTS_POLICY = "tests.test_policy.NobodyMay"

    assert isinstance(get_policy(), NobodyMay)
    with pytest.raises(PermissionDeniedError):
        payment_intents.confirm_payment_intent(
            payment_intent=intent, payment_method="pm_card_visa", user=alice
        )
