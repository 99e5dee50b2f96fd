"""Pages that ask before an action at Stripe that cannot be undone.

They have their own views, since Django's change form runs in a transaction. See Note [No
transaction around Stripe].
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.admin.utils import display_for_field, lookup_field, quote, unquote
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise

from ..errors import PaymentError

if TYPE_CHECKING:  # generic for the type checker alone
    _ModelAdmin = ModelAdmin[Any]
else:
    _ModelAdmin = ModelAdmin


type Text = str | Promise
"""A text or a lazy translation."""
type Facts = Sequence[tuple[Text, str]]


@dataclass(frozen=True)
class Question:
    """`may` checks the user, `is_offered` the current row. `act` performs the action and returns a
    message. `facts` are columns of the admin with their labels."""

    name: str
    title: Text
    template: str
    form: type[forms.Form]
    may: Callable[[Any, Any], bool]
    is_offered: Callable[[Any], bool]
    not_offered: Text
    act: Callable[[HttpRequest, Any, dict[str, Any]], str]
    facts: Facts
    get_initial: Callable[[HttpRequest, Any], dict[str, Any]] = lambda request, row: {}

    def is_open_to(self, request: HttpRequest, row: models.Model) -> bool:
        return self.is_offered(row) and self.may(request.user, row)


class AskingAdmin(_ModelAdmin):
    """Has a page for each of `questions`. The page of a row gets `may_<name>` for each of them."""

    questions: ClassVar[tuple[Question, ...]] = ()

    def get_urls(self) -> list[URLPattern]:
        return [*(_make_url(self, question) for question in self.questions), *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        row = self.get_object(request, unquote(object_id))
        may = {
            f"may_{question.name}": row is not None and question.is_open_to(request, row)
            for question in self.questions
        }
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **may})


def _make_url(model_admin: _ModelAdmin, question: Question) -> URLPattern:
    view = model_admin.admin_site.admin_view(_make_view(model_admin, question))
    options = model_admin.opts
    name = f"{options.app_label}_{options.model_name}_{question.name}"
    # A path of any type, since the site's own booking model can have any key.
    return path(f"<path:object_id>/{question.name}/", view, name=name)


def back_to(row: models.Model) -> HttpResponseRedirect:
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
    return HttpResponseRedirect(reverse(name, args=(quote(row.pk),)))


def _make_view(model_admin: _ModelAdmin, question: Question) -> Callable[..., HttpResponse]:
    @transaction.non_atomic_requests
    def view(request: HttpRequest, object_id: str) -> HttpResponse:
        row = model_admin.get_object(request, unquote(object_id))
        if row is None:
            raise Http404
        if not model_admin.has_view_permission(request, row):
            raise PermissionDenied
        if not question.may(request.user, row):
            raise PermissionDenied
        if request.method == "POST":
            form = question.form(request.POST, request.FILES)
            done = _act(question, form, request, row)
            if done is not None:
                model_admin.log_change(request, row, done)
                messages.success(request, done)
                return back_to(row)
        elif not question.is_offered(row):
            messages.warning(request, str(question.not_offered))
            return back_to(row)
        else:
            form = question.form(initial=question.get_initial(request, row))
        return TemplateResponse(
            request,
            question.template,
            make_context(model_admin, request, row, form, question.title, question.facts),
        )

    return view


def _act(
    question: Question, form: forms.Form, request: HttpRequest, row: models.Model
) -> str | None:
    """Returns None if the action was rejected. The form then says why."""
    if not form.is_valid():
        return None
    try:
        return question.act(request, row, {**form.cleaned_data, "changed": form.changed_data})
    except PaymentError as error:
        add_error(form, error)
        row.refresh_from_db()
        return None


def add_error(form: forms.Form, error: PaymentError) -> None:
    field = error.path[0] if error.path and error.path[0] in form.fields else None
    form.add_error(field, error.message)


def make_context(
    model_admin: _ModelAdmin,
    request: HttpRequest,
    row: models.Model,
    form: forms.Form,
    title: Text,
    facts: Facts,
) -> dict[str, Any]:
    return {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": title,
        "original": row,
        "form": form,
        "facts": [(label, _show(model_admin, row, column)) for label, column in facts],
    }


def _show(model_admin: _ModelAdmin, row: models.Model, column: str) -> Any:
    """The value as a page of the admin shows it: a field of the row or a column of the admin."""
    field, _attribute, value = lookup_field(column, row, model_admin)
    return value if field is None else display_for_field(value, field, "-")
