"""Record the service's statements and calls to storage during a block."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from sqlalchemy import event

from tests.support.service_under_test import App


@contextmanager
def recorded(
    app: App,
    statement: Callable[[str], object],
    call: Callable[[str], object],
    commit: Callable[[], object] = lambda: None,
) -> Iterator[None]:
    """statement: gets each statement's text; call: gets the name of each call to storage; commit: called for each
    commit."""

    def note_statement(_connection: Any, _cursor: Any, text: str, *_rest: Any) -> None:
        statement(text)

    def note_commit(_connection: Any) -> None:
        commit()

    def note_call(model: Any, **_rest: Any) -> None:
        call(model.name)

    engine, storage = app.deps.db.engine, app.deps.storage
    with ExitStack() as stack:
        for name, listener in {"before_cursor_execute": note_statement, "commit": note_commit}.items():
            event.listen(engine, name, listener)
            stack.callback(event.remove, engine, name, listener)
        for events in {storage._s3.meta.events, storage._patient.meta.events}:
            events.register("before-call.s3", note_call)
            stack.callback(events.unregister, "before-call.s3", note_call)
        yield


@contextmanager
def counted(app: App) -> Iterator[tuple[list[str], list[str]]]:
    """(first words of the statements, names of the calls) made inside the block."""
    statements: list[str] = []
    calls: list[str] = []

    def note(statement: str) -> None:
        if not statement.startswith("BEGIN"):
            statements.append(statement.split(maxsplit=1)[0])

    with recorded(app, note, calls.append):
        yield statements, calls
