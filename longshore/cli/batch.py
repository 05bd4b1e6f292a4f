"""Send several files in parallel: progress bars, a line per finished file, one exit code."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from longshore.cli.exits import DONE, FAILED, NOT_CLEAN, STOPPED, exit_code
from longshore.cli.sending import Outcome, Task, send
from longshore.cli.show import Display
from longshore.cli.words import answer, complain, plain, reason_of
from longshore.client import Client, Stop
from longshore.client.errors import LongshoreError
from longshore.client.stopping import run_together

FILES_AT_ONCE = 4
GRACE = 15.0
"""Seconds for files to stop or abort after Ctrl-C; a second Ctrl-C does not wait."""
READY = frozenset({"clean", "disabled"})


class Batch:
    """The files of one command."""

    def __init__(self, client: Client, as_json: bool, quiet: bool, waits: bool) -> None:
        self._client, self._as_json, self._quiet, self._waits = client, as_json, quiet, waits
        self._lock = threading.Lock()

    def run(self, tasks: Sequence[Task]) -> int:
        """Send all files and return the exit code of the first that failed."""
        outcomes = [Outcome(task) for task in tasks]
        try:
            self._send_all(outcomes)
        except (KeyboardInterrupt, LongshoreError):
            self._say_how_to_go_on(outcomes)
            return STOPPED
        return next((code for outcome in outcomes if (code := self._code(outcome))), DONE)

    def _send_all(self, outcomes: Sequence[Outcome]) -> None:
        left = iter(outcomes)
        size = _bytes_of(outcome.task for outcome in outcomes)
        with Display(len(outcomes), size, not self._as_json and not self._quiet) as display:

            def work(stop: Stop) -> None:
                while True:
                    with self._lock:
                        outcome = next(left, None)
                    if outcome is None:
                        return
                    self._send(outcome, display, stop)

            run_together([work] * min(FILES_AT_ONCE, len(outcomes)), Stop(), GRACE)

    def _send(self, outcome: Outcome, display: Display, stop: Stop) -> None:
        try:
            with display.watching(outcome.task.path) as observer:
                send(self._client, outcome.task, outcome, observer, stop)
        except (LongshoreError, OSError, ValueError) as error:
            stop.check()
            outcome.error = error
        with self._lock:
            self._tell(outcome)

    def _tell(self, outcome: Outcome) -> None:
        """Print the result of a file: on standard output, failures for people on standard error."""
        if self._as_json:
            answer(json.dumps(json_of(outcome)))
        if outcome.error:
            if not self._as_json:
                complain(_with_path(outcome.task.path, reason_of(outcome.error)))
            if outcome.upload_id:
                complain(f"to resume: {_how_to_go_on(outcome)}")
        elif outcome.file and not self._as_json:
            words = [outcome.file.id] if self._quiet else [outcome.file.id, outcome.file.virus_scan_status]
            answer("  ".join([*words, *([] if self._quiet else [plain(outcome.task.path)])]))
            if outcome.compared and not self._quiet:
                kept, by = len(outcome.compared.same), " and ".join(sorted(outcome.compared.by)) or "nothing"
                complain(f"{outcome.task.path}: {kept} parts were already in storage, compared by {by}")

    def _code(self, outcome: Outcome) -> int:
        if isinstance(outcome.error, LongshoreError):
            return exit_code(outcome.error)
        if outcome.error or outcome.file is None:
            return FAILED
        return NOT_CLEAN if self._waits and outcome.file.virus_scan_status not in READY else DONE

    def _say_how_to_go_on(self, outcomes: Sequence[Outcome]) -> None:
        still_open = [outcome for outcome in outcomes if outcome.upload_id and outcome.file is None]
        complain("stopped; uploaded parts stay in storage" if still_open else "stopped")
        for outcome in still_open:
            complain(f"to resume: {_how_to_go_on(outcome)}")


def _bytes_of(tasks: Iterable[Task]) -> int | None:
    """Return the size of all files together; None if one is a stream or cannot be read."""
    paths = [task.path for task in tasks]
    try:
        return None if "-" in paths else sum(Path(path).stat().st_size for path in paths)
    except OSError:
        return None


def _how_to_go_on(outcome: Outcome) -> str:
    words = ["longshore resume", outcome.upload_id or ""]
    if outcome.task.path == "-":
        words.append("--file - (pipe the same bytes in again)")
    if outcome.task.credential:
        words.append("--credential … (the same credential)")
    return " ".join(words)


def json_of(outcome: Outcome) -> dict[str, Any]:
    """Return the line of --json for a file."""
    error = outcome.error
    told = {"code": getattr(error, "code", "failed"), "message": str(error), "remedy": getattr(error, "remedy", "")}
    compared = outcome.compared
    return {
        "path": outcome.task.path,
        "file": asdict(outcome.file) if outcome.file else None,
        "open_upload_id": outcome.upload_id,
        "parts_found": len(compared.same) if compared else 0,
        "compared_by": sorted(compared.by) if compared else [],
        "error": told if error else None,
    }


def _with_path(path: str, reason: str) -> str:
    """Put the path before a reason that does not begin with it."""
    return reason if reason.startswith((f"{path} ", f"{path}:")) else f"{path}: {reason}"
