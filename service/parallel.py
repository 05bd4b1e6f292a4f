"""Call several dependencies in parallel for a limited time, so that one that hangs does not delay the others."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextvars import copy_context
from typing import Any, TypeVar

from service.observability.logs import get_logger

log = get_logger(__name__)

T = TypeVar("T")


class ParallelChecks:
    """Asks each question in a thread; callers that arrive meanwhile wait for the same answer."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asking: dict[str, _Asking] = {}

    def ask(self, questions: Mapping[str, Callable[[], T]], seconds: float) -> dict[str, T]:
        """Return the answers by name; one is missing if it was late, or if the question raised."""
        asking = {name: self._asked(name, question) for name, question in questions.items()}
        end = time.monotonic() + seconds
        for each in asking.values():
            each.join(max(0.0, end - time.monotonic()))
        return {name: each.answer[0] for name, each in asking.items() if each.answer}

    def _asked(self, name: str, question: Callable[[], Any]) -> _Asking:
        with self._lock:
            under_way = self._asking.get(name)
            if under_way is not None and under_way.is_alive():
                return under_way
            self._asking[name] = _Asking(name, question)
            self._asking[name].start()
            return self._asking[name]


class _Asking(threading.Thread):
    """The thread of a question. A daemon, so that the end of the process does not wait for a part that hangs."""

    def __init__(self, name: str, question: Callable[[], Any]) -> None:
        super().__init__(name=f"check-{name}", daemon=True)
        self.answer: list[Any] = []
        self._question = question
        self._context = copy_context()  # its log lines carry the request's id

    def run(self) -> None:
        try:
            self.answer.append(self._context.run(self._question))
        except Exception:  # any error means no answer
            log.exception("check_failed", name=self.name)
