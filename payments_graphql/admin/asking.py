"""Pages that ask before an action at Stripe that cannot be undone.

They have their own views, since Django's change form runs in a transaction. See Note [No
transaction around Stripe].
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
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
class Done:
    """What an action did. `row` is the row whose page is shown next, if it is not the same one.
    `is_logged`: False for a repeated request, or if the action has written its own log entry."""

    text: str
    row: models.Model | None = None
    level: int = messages.SUCCESS
    is_logged: bool = True


@dataclass(frozen=True)
class Preview:
    """What an action would do, shown before it is done. `values` replaces values of the form, so
    that exactly this is done."""

    consequences: Sequence[str]
    button: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Question:
    """`may` checks the user, `is_offered` the current row. `act` performs the action and returns a
    message. `facts` are columns of the admin with their labels.

    `consequences` says what the action does. If this depends on the values that are entered, give
    `preview` instead: the page shows its result, and asks once more. `of_row`: the form takes the
    arguments `row` and `person`, who acts.
    """

    name: str
    title: Text
    template: str
    form: Callable[..., forms.Form]
    may: Callable[[Any, Any], bool]
    is_offered: Callable[[Any], bool]
    not_offered: Text | Callable[[Any], Text]
    act: Callable[[HttpRequest, Any, dict[str, Any]], str | Done]
    facts: Facts
    get_initial: Callable[[HttpRequest, Any], dict[str, Any]] = lambda request, row: {}
    consequences: Callable[[Any], Sequence[str]] = lambda row: ()
    preview: Callable[[HttpRequest, Any, dict[str, Any]], Preview] | None = None
    of_row: bool = False
    button: Text = ""
    refused: Text = ""

    def is_open_to(self, request: HttpRequest, row: models.Model) -> bool:
        return self.is_offered(row) and self.may(request.user, row)

    def make_form(self, row: models.Model, request: HttpRequest, **values: Any) -> forms.Form:
        if self.of_row:
            values |= {"row": row, "person": request.user}
        return self.form(**values)

    def explain(self, row: models.Model) -> str:
        """Why it is not offered."""
        return str(self.not_offered(row) if callable(self.not_offered) else self.not_offered)


class KeyedForm(forms.Form):
    """The form of an action that moves money."""

    # Created with the page, so that a double click or a reload acts only once.
    idempotency_key = forms.CharField(max_length=200, widget=forms.HiddenInput)


def make_key() -> dict[str, str]:
    """The initial value of a `KeyedForm`."""
    return {"idempotency_key": secrets.token_urlsafe(24)}


class AskingAdmin(_ModelAdmin):
    """Has a page for each of `questions`. The page of a row gets `may_<name>` for each of them."""

    questions: ClassVar[tuple[Question, ...]] = ()
    tells_what_is_open: ClassVar[bool] = True
    """Whether the page of a row gets `may_<name>`."""

    def get_urls(self) -> list[URLPattern]:
        return [*(_make_url(self, question) for question in self.questions), *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *arguments: Any, **options: Any
    ) -> HttpResponse:
        row = options.get("obj")
        for question in self.questions if self.tells_what_is_open else ():
            may = row is not None and question.is_open_to(request, row)
            context[f"may_{question.name}"] = may
        return super().render_change_form(request, context, *arguments, **options)


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
        if request.method != "POST":
            if not question.is_offered(row):
                messages.warning(request, question.explain(row))
                return back_to(row)
            form = question.make_form(row, request, initial=question.get_initial(request, row))
            return _ask(model_admin, request, question, row, form)
        if "change" in request.POST:  # back from the preview
            form = question.make_form(row, request, initial=request.POST.dict())
            return _ask(model_admin, request, question, row, form)
        form = question.make_form(row, request, data=request.POST, files=request.FILES)
        if question.preview is not None and "confirmed" not in request.POST:
            preview = _preview(question.preview, form, request, row)
            return _ask(model_admin, request, question, row, form, preview)
        done = _act(question, form, request, row)
        if done is None:
            return _ask(model_admin, request, question, row, form)
        if done.is_logged:
            model_admin.log_change(request, row, done.text)
        messages.add_message(request, done.level, done.text)
        return back_to(done.row or row)

    return view


def _ask(
    model_admin: _ModelAdmin,
    request: HttpRequest,
    question: Question,
    row: models.Model,
    form: forms.Form,
    preview: Preview | None = None,
) -> HttpResponse:
    context = make_context(model_admin, request, row, form, question.title, question.facts)
    context |= {"question": question, "preview": preview}
    context["consequences"] = preview.consequences if preview else question.consequences(row)
    if preview is not None:
        hidden = ((name, form[name].value()) for name in form.fields)
        given = {name: value for name, value in hidden if value is not None} | dict(preview.values)
        context["given"] = given.items()
    return TemplateResponse(request, question.template, context)


def _preview(
    preview: Callable[[HttpRequest, Any, dict[str, Any]], Preview],
    form: forms.Form,
    request: HttpRequest,
    row: models.Model,
) -> Preview | None:
    """Returns None if the action would be rejected. The form then says why."""
    if not form.is_valid():
        return None
    try:
        return preview(request, row, form.cleaned_data)
    except PaymentError as error:
        add_error(form, error)
        return None


def _act(
    question: Question, form: forms.Form, request: HttpRequest, row: models.Model
) -> Done | None:
    """Returns None if the action was rejected. The form then says why."""
    if not form.is_valid():
        return None
    try:
        done = question.act(request, row, {**form.cleaned_data, "changed": form.changed_data})
    except PaymentError as error:
        add_error(form, error)
        if "idempotency_key" in form.fields and not error.retryable:
            # The old key would repeat this error. If the result is not known, the key stays.
            renewed = request.POST.copy()
            for name, value in make_key().items():
                renewed[name] = value
            form.data = renewed
        row.refresh_from_db()
        return None
    return Done(done) if isinstance(done, str) else done


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
