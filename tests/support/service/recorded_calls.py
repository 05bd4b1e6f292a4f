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
