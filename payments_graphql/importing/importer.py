from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from itertools import chain
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import InterfaceError, OperationalError, transaction

from .. import mirror, stripe_client
from ..logs import get_logger
from ..mirror import NotOurs, ReadRequired, Source
from ..models import CauseKind, ImportCursor, MirroredModel, StripeCustomer, our_values
from ..stripe_client import Answer, StripeCallError, StripeRefusedError
from .lists import LISTS, PAYMENT_METHODS, StripeList, get_customer_id
from .matching import Matching, fetch_user
from .pages import fetch_pages, fetch_patiently
from .tally import Tally

__all__ = ["Import"]

logger = get_logger(__name__)


class Import:
    """One run through all `LISTS`. See Note [Whose customer] and Note [History sends no signals].

    Progress is saved after each page. The next run continues there, unless the last one finished or
    `restart` is set. Objects that are created at Stripe in the meantime come before that place in
    the lists, so a later full run finds them.
    A rehearsal changes and saves nothing. It remembers the customers that it would adopt, at most
    one per user, and forgets everything else after each page.
    """

    def __init__(
        self,
        matching: Matching,
        *,
        restart: bool = False,
        is_rehearsal: bool = False,
        on_seen: Callable[[], object] = lambda: None,
    ) -> None:
        self.matching = matching
        self.is_rehearsal = is_rehearsal
        self.on_seen = on_seen
        kinds = [listed.kind for listed in LISTS]
        self.tallies = {kind: Tally(kind) for kind in (*kinds, PAYMENT_METHODS.kind)}
        self._would_adopt: set[str] = set()
        self._would_have: set[Any] = set()  # the users of those customers
        if not is_rehearsal:
            _forget_finished(kinds, restart=restart)

    def get_cursor(self, kind: str) -> ImportCursor:
        key = {**our_values(), "kind": kind}
        cursor = None if self.is_rehearsal else ImportCursor.objects.filter(**key).first()
        return cursor or ImportCursor(**key)

    def run(self, listed: StripeList) -> Tally:
        """Raises `StripeCallError` if Stripe cannot be read or refuses our keys."""
        cursor = self.get_cursor(listed.kind)
        if not cursor.is_finished:
            pages = fetch_pages(listed.fetch, listed.parameters, after_id=cursor.after_id)
            for answer in pages:
                self._import_page(listed, answer)
                cursor.after_id = answer.object["data"][-1]["id"]
                cursor.seen += len(answer.object["data"])
                self._save(cursor)
            cursor.is_finished = True
            self._save(cursor)
        return self.tallies[listed.kind]

    def _save(self, cursor: ImportCursor) -> None:
        if not self.is_rehearsal:
            # A concurrent run may have created the row. Either position is valid.
            ImportCursor.objects.update_or_create(
                account=cursor.account,
                livemode=cursor.livemode,
                kind=cursor.kind,
                defaults={
                    "after_id": cursor.after_id,
                    "seen": cursor.seen,
                    "is_finished": cursor.is_finished,
                },
            )

    def _import_page(self, listed: StripeList, answer: Answer) -> None:
        items = answer.object["data"]
        versions = listed.get_versions([item["id"] for item in items])
        known = _get_customers({get_customer_id(item) for item in items})
        tally = self.tallies[listed.kind]
        for item in items:
            with _Guard(tally, item["id"]):
                if listed.kind == "customer":
                    self._import_customer(listed, item, answer, versions)
                else:
                    self._import_owned(listed, item, answer, versions, known)
            tally.seen += 1
            self.on_seen()
        if not self.is_rehearsal:
            mirror.send_signals_of([answer.request_id])

    def _import_owned(
        self,
        listed: StripeList,
        item: Mapping[str, Any],
        answer: Answer,
        versions: Mapping[str, int],
        known: Mapping[str, datetime],
    ) -> None:
        """Imports an object of a customer. `known` maps our customers to when they became known."""
        customer_id = get_customer_id(item)
        if not customer_id:
            raise NotOurs("without a customer")
        if customer_id in self._would_adopt:
            self.tallies[listed.kind].new += 1
            return
        if customer_id not in known:
            raise NotOurs("of a customer who is not imported")
        is_history = item["created"] < known[customer_id].timestamp()
        source = replace(_read_by(answer), is_history=is_history)
        self._apply(listed, item, source, versions)

    def _import_customer(
        self,
        listed: StripeList,
        item: Mapping[str, Any],
        answer: Answer,
        versions: Mapping[str, int],
    ) -> None:
        source = _read_by(answer)
        methods = fetch_pages(PAYMENT_METHODS.fetch, {"customer": item["id"]})
        try:
            row = self._apply(listed, item, source, versions)
        except NotOurs:
            user = fetch_user(item, self.matching)
            methods = _refuse_empty(item["id"], methods)
            row = self._adopt(item, user, source)
            self.tallies[listed.kind].new += 1
        for page in methods:
            self._import_methods(item["id"], page)
        if row is not None and not self.is_rehearsal:
            # The default method is known only now. The row's version is the one that this same
            # answer wrote, so equal times cause no further read.
            self._apply_or_read(mirror.apply_customer, item, replace(source, version=row.version))

    def _adopt(
        self, item: Mapping[str, Any], user: AbstractBaseUser, source: Source
    ) -> StripeCustomer:
        without_default = {**item, "invoice_settings": None}
        with self._writing():
            row = mirror.adopt_customer(without_default, user, source)
        if self.is_rehearsal:
            if user.pk in self._would_have:
                raise NotOurs("its user has another customer")
            self._would_have.add(user.pk)
            self._would_adopt.add(item["id"])
        return row

    def _import_methods(self, customer_id: str, answer: Answer) -> None:
        tally = self.tallies[PAYMENT_METHODS.kind]
        items = answer.object["data"]
        versions = PAYMENT_METHODS.get_versions([item["id"] for item in items])
        for item in items:
            tally.seen += 1
            if customer_id in self._would_adopt:
                tally.new += 1
                continue
            with _Guard(tally, item["id"]):
                self._apply(PAYMENT_METHODS, item, _read_by(answer), versions)

    def _apply(
        self,
        listed: StripeList,
        item: Mapping[str, Any],
        source: Source,
        versions: Mapping[str, int],
    ) -> MirroredModel | None:
        """Calls `_apply_or_read` and counts the result."""
        row = self._apply_or_read(listed.apply, item, source)
        has_moved = row is None or row.version != versions.get(item["id"])
        self.tallies[listed.kind].count(was_known=item["id"] in versions, has_moved=has_moved)
        return row

    def _apply_or_read(
        self,
        apply: Callable[[Mapping[str, Any], Source], MirroredModel],
        item: Mapping[str, Any],
        source: Source,
    ) -> MirroredModel | None:
        """Returns the row, or None if it or an object it refers to had to be read from Stripe."""
        try:
            with self._writing():
                return apply(item, source)
        except ReadRequired as required:
            kind, stripe_id = required.kind, required.stripe_id
        if not self.is_rehearsal:
            fetch_patiently(lambda: mirror.fetch_and_apply(kind, stripe_id))
        return None

    def _writing(self) -> AbstractContextManager[Any]:
        return mirror.rehearse() if self.is_rehearsal else transaction.atomic()


class _Guard:
    """Wraps the import of one object, so that a problem with it does not stop the others."""

    def __init__(self, tally: Tally, stripe_id: str) -> None:
        self.tally = tally
        self.stripe_id = stripe_id

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> bool:
        if isinstance(error, NotOurs):
            self.tally.skip(self.stripe_id, str(error))
            return True
        if isinstance(error, StripeRefusedError) and error.code == "resource_missing":
            self.tally.skip(self.stripe_id, "it has been deleted at Stripe")
            return True
        if not isinstance(error, Exception) or _must_stop(error):
            return False
        self.tally.failed += 1
        logger.error(
            "import_failed", exc_info=error, list=self.tally.kind, stripe_id=self.stripe_id
        )
        return True


def _must_stop(error: Exception) -> bool:
    """Whether the import must stop: Stripe or the database is unavailable. A refusal by Stripe is
    about one object only."""
    if isinstance(error, StripeCallError):
        return not isinstance(error, StripeRefusedError)
    return isinstance(error, OperationalError | InterfaceError)


def _refuse_empty(customer_id: str, methods: Iterator[Answer]) -> Iterator[Answer]:
    """Returns the same pages. Raises `NotOurs` for a customer without saved methods and payments,
    which would only prevent an older one with some from being imported."""
    first = next(methods, None)
    if first is not None:
        return chain((first,), methods)
    asked = {"customer": customer_id, "limit": 1}
    answer = fetch_patiently(lambda: stripe_client.list_payment_intents(asked))
    if not answer.object["data"]:
        raise NotOurs("it has nothing to import")
    return iter(())


def _read_by(answer: Answer) -> Source:
    return Source(
        CauseKind.READ,
        answer.request_id,
        answer.as_of,
        as_of_earliest=answer.as_of_earliest,
    )


def _get_customers(stripe_ids: set[str]) -> dict[str, datetime]:
    """Which of them are ours, and since when."""
    ours = StripeCustomer.objects.ours().filter(stripe_customer_id__in=stripe_ids)
    found = ours.values_list("stripe_customer_id", "created_at")
    return {stripe_id: created_at for stripe_id, created_at in found if stripe_id}


def _forget_finished(kinds: list[str], *, restart: bool) -> None:
    """Starts from the beginning if the last run finished or `restart` is set."""
    cursors = ImportCursor.objects.ours().filter(kind__in=kinds)
    if restart or cursors.filter(is_finished=True).count() == len(kinds):
        cursors.delete()
