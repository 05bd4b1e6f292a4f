"""Asking several parts at once, for a limited time: one that hangs holds neither the others nor whoever asks."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from contextvars import copy_context
from typing import TypeVar

log = logging.getLogger(__name__)

T = TypeVar("T")


class BoundedChecks:
    """Each question in a thread of its own; one that is still being asked is not asked again meanwhile."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asking: dict[str, threading.Thread] = {}

    def ask(self, questions: Mapping[str, Callable[[], T]], seconds: float) -> dict[str, T]:
        """The answers by name; one is missing where it did not come in time, or where the question raised."""
        answers: dict[str, T] = {}
        began = [self._begin(name, question, answers) for name, question in questions.items()]
        end = time.monotonic() + seconds
        for thread in began:
            if thread is not None:
                thread.join(max(0.0, end - time.monotonic()))
        return dict(answers)

    def _begin(self, name: str, question: Callable[[], T], answers: dict[str, T]) -> threading.Thread | None:
        context = copy_context()  # its log lines carry the request's id

        def ask() -> None:
            try:
                answers[name] = question()
            except Exception:  # whatever it was, it is no answer
                log.exception("check_failed name=%s", name)

        with self._lock:
            if name in self._asking and self._asking[name].is_alive():
                return None
            # a daemon: a process that is asked to end does not wait for a part that hangs
            self._asking[name] = threading.Thread(target=context.run, args=(ask,), name=f"check-{name}", daemon=True)
            self._asking[name].start()
            return self._asking[name]
