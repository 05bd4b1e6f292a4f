"""Send several files in parallel: progress bars, a line per finished file, one exit code."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from longshore.cli.exits import DONE, FAILED, NOT_CLEAN, STOPPED, exit_code
from longshore.cli.terminal.show import Display
from longshore.cli.terminal.words import answer, complain, plain, reason_of
from longshore.cli.transfers.sending import Outcome, Task, send
from longshore.cli.transfers.together import HOPELESS, work_on_all
from longshore.client import Client, File, Stop
from longshore.client.errors import LongshoreError, StoppedError
from longshore.client.observer import Comparison

READY = frozenset({"clean", "disabled", "released"})


class Batch:
    """The files of one command."""

    def __init__(self, client: Client, as_json: bool, quiet: bool, waits: bool) -> None:
        self._client, self._as_json, self._quiet, self._waits = client, as_json, quiet, waits
        self._lock = threading.Lock()
        self._under_way: list[Outcome] = []
        self._hopeless: Exception | None = None
        self._counts: Counter[str] = Counter()

    def run(self, tasks: Iterable[Task], files: int | None = None, size: int | None = None) -> int:
        """Send all files and return the exit code of the first that failed. files, size: of all, if known."""
        with Display(files, size, not self._as_json and not self._quiet) as display:

            def work(task: Task, stop: Stop) -> int:
                return self._send(task, display, stop)

            try:
                code = work_on_all(tasks, work)
            except (KeyboardInterrupt, StoppedError):
                code = STOPPED
        if code == STOPPED:
            self._print_resume_commands()
        if (left := self._counts["not tried"]) and not self._as_json:
            complain(f"{left} more files were not tried")
        return code

    def summarize(self, stopped: bool) -> None:
        """Print the numbers of files: too many for anyone to read each line."""
        words = [f"{self._counts[name]} {name}" for name in ("uploaded", "already stored", "failed")]
        if not self._quiet and not self._as_json:
            counted = ", ".join(word for word in words if not word.startswith("0 "))
            if counted or not stopped:
                complain(counted or "no files found")

    def _send(self, task: Task, display: Display, stop: Stop) -> int:
        outcome = Outcome(task)
        with self._lock:
            self._under_way.append(outcome)
            outcome.error, tried = self._hopeless or task.error, self._hopeless is None
        if outcome.error is None:
            try:
                with display.watching(task.path) as observer:
                    send(self._client, task, outcome, observer, stop)
            except (LongshoreError, OSError, ValueError) as error:
                stop.check()
                outcome.error = error
        with self._lock:
            self._under_way.remove(outcome)
            self._count(outcome, tried)
            self._tell(outcome, tried)
        return self._code(outcome)

    def _count(self, outcome: Outcome, tried: bool) -> None:
        if isinstance(outcome.error, HOPELESS):
            self._hopeless = outcome.error
        stored = "already stored" if outcome.stored_before else "uploaded"
        self._counts["not tried" if not tried else "failed" if outcome.error else stored] += 1

    def _tell(self, outcome: Outcome, tried: bool) -> None:
        """Print the result of a file: on standard output, failures for people on standard error."""
        if self._as_json:
            answer(json.dumps(json_of(outcome)))
        if outcome.error:
            if not self._as_json and tried:
                complain(_with_path(outcome.task.path, reason_of(outcome.error)))
            if outcome.upload_id:
                complain(f"to resume: {_resume_command(outcome)}")
        elif outcome.file and not self._as_json:
            words = [outcome.file.id] if self._quiet else [outcome.file.id, outcome.file.virus_scan_status]
            answer("  ".join([*words, *([] if self._quiet else [plain(outcome.task.path)])]))
            if outcome.compared and not self._quiet:
                complain(f"{outcome.task.path}: {_found_again(outcome.compared)}")
            if self._is_bad(outcome.file):
                found = f" ({outcome.file.virus_scan_result})" if outcome.file.virus_scan_result else ""
                complain(f"{outcome.task.path}: {outcome.file.virus_scan_status}{found}: it cannot be downloaded")

    def _is_bad(self, file: File) -> bool:
        return self._waits and file.virus_scan_status not in READY

    def _code(self, outcome: Outcome) -> int:
        if isinstance(outcome.error, LongshoreError):
            return exit_code(outcome.error)
        if outcome.error or outcome.file is None:
            return FAILED
        return NOT_CLEAN if self._is_bad(outcome.file) else DONE

    def _print_resume_commands(self) -> None:
        still_open = [outcome for outcome in self._under_way if outcome.upload_id and outcome.file is None]
        complain("stopped; uploaded parts stay in storage" if still_open else "stopped")
        for outcome in still_open:
            complain(f"to resume: {_resume_command(outcome)}")


def bytes_of(paths: Sequence[str]) -> int | None:
    """Return the size of all files together; None if one is a stream or cannot be read."""
    try:
        return None if "-" in paths else sum(Path(path).stat().st_size for path in paths)
    except OSError:
        return None


def _resume_command(outcome: Outcome) -> str:
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
        "stored_before": outcome.stored_before,
        "error": told if error else None,
    }


def _found_again(compared: Comparison) -> str:
    match len(compared.same):
        case 0:
            return "no part was in storage yet"
        case 1:
            found = "1 part was"
        case kept:
            found = f"{kept} parts were"
    return f"{found} already in storage, compared by {' and '.join(sorted(compared.by))}"


def _with_path(path: str, reason: str) -> str:
    """Put the path before a reason that does not begin with it."""
    return reason if reason.startswith((f"{path} ", f"{path}:")) else f"{path}: {reason}"
