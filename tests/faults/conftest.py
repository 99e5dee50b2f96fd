import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any

import pytest
from knox.models import get_token_model

from tests.faults import invariants, witness
from tests.faults.client import PATIENCE, Answer, Workers, kill
from tests.faults.mutations import Mutation, Scene
from tests.faults.site import Site, point_at, serve_site
from tests.faults.steps import Step
from tests.faulty_stripe import Fault, FaultyStripe, faulty_stripe
from tests.subprocesses import get_environment

FULL = os.environ.get("FAULTS") == "full"


def get_faults_environment(**values: str) -> dict[str, str]:
    return get_environment(DJANGO_SETTINGS_MODULE="tests.faults.settings", **values)


@pytest.fixture(scope="session")
def witness_file(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The directory of the started processes."""
    path = tmp_path_factory.mktemp("faults") / "signals"
    witness.begin(path)
    return path


@pytest.fixture(scope="session")
def workers(
    django_db_setup: None, witness_file: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Workers]:
    workers = Workers(get_faults_environment(), tmp_path_factory.mktemp("workers") / "log")
    yield workers
    workers.stop()


@pytest.fixture(scope="session")
def running_site(
    django_db_setup: None, witness_file: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    path = tmp_path_factory.mktemp("site") / "log"
    with path.open("w") as log, serve_site(get_faults_environment(), log) as site:
        yield site


@pytest.fixture
def site(running_site: Site, sandbox: Any) -> Site:
    """A server process that uses this test's sandbox as Stripe."""
    point_at(running_site.to_stripe, sandbox.url)
    return running_site


@pytest.fixture
def nothing_signaled(witness_file: Any) -> Iterator[None]:
    """This process is a witness only during the test: otherwise other tests' processes, which do
    not have this receiver, would wait for it."""
    witness.begin(witness_file)
    witness.connect()
    yield
    witness.disconnect()


@pytest.fixture
def tokens(alice: Any, bob: Any, sam: Any) -> dict[str, str]:
    create = get_token_model().objects.create
    return {user.username: create(user=user)[1] for user in (alice, bob, sam)}


@pytest.fixture
def scene(
    transactional_db: None,
    nothing_signaled: None,
    alice: Any,
    bob: Any,
    sam: Any,
    booking: Any,
    service: Any,
    pay: Any,
    sandbox: Any,
) -> Scene:
    """The data that other processes see. Alice is a customer already, so that a mutation makes one
    request to Stripe."""
    assert service.get_or_create_customer(alice)["success"]
    return Scene(alice, bob, sam, booking, service, pay)


@pytest.fixture
def ask(workers: Workers, tokens: dict[str, str]) -> Callable[..., Answer | None]:
    """Sends a mutation to its own process: `ask(REFUND, asked, step=...)`."""

    def ask(mutation: Mutation, asked: dict[str, Any], **values: Any) -> Answer | None:
        return workers.ask(mutation.body(asked), token=tokens[mutation.by], **values)

    return ask


@pytest.fixture
def link(sandbox: Any) -> Iterator[FaultyStripe]:
    """The connection between the dying process and the sandbox."""
    with faulty_stripe(sandbox.url) as link:
        yield link


@pytest.fixture
def die(ask: Callable[..., Any], link: FaultyStripe) -> Callable[..., None]:
    """A process that dies by SIGKILL at a step of the mutation."""

    def die(mutation: Mutation, asked: dict[str, Any], step: Step) -> None:
        pid: Future[int] = Future()

        def kill_it() -> None:
            kill(pid.result(PATIENCE))

        done = threading.Event()
        if step == Step.SENT:
            link.faults.append(Fault(before=kill_it))
        elif step == Step.WORKING:
            link.faults.append(Fault(before=kill_it, is_sent_on=True, after=done.set))
        elif step == Step.ANSWERING:
            link.faults.append(Fault(is_sent_on=True, after=kill_it))
        answer = ask(mutation, asked, step=step, started=pid.set_result, STRIPE_API_BASE=link.url)
        assert answer is None, f"it did not die: {answer}"
        if step == Step.WORKING:
            assert done.wait(PATIENCE)  # Stripe has finished, although nobody waits for the answer

    return die


@pytest.fixture
def ask_until_settled(ask: Callable[..., Any]) -> Callable[..., dict[str, Any]]:
    """Retries like a client, while the error says that it is retryable."""

    def ask_until_settled(
        mutation: Mutation, asked: dict[str, Any], **values: Any
    ) -> dict[str, Any]:
        for _ in range(3):
            payload: dict[str, Any] = ask(mutation, asked, **values).payload(mutation)
            if not any(error["retryable"] for error in payload["errors"]):
                break
        return payload

    return ask_until_settled


@pytest.fixture
def count_effects(events: Callable[..., list[Any]]) -> Callable[[Mutation], int]:
    """How often it was carried out, according to the sandbox."""

    def count_effects(mutation: Mutation) -> int:
        return len(events(mutation.effect))

    return count_effects


@pytest.fixture
def assert_invariants(dashboard: Any) -> Callable[..., None]:
    def assert_invariants(**values: Any) -> None:
        invariants.assert_all(dashboard, **values)

    return assert_invariants
