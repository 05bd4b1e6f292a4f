"""`./dev fuzz [--cases N] [--seed N]`: start a service and send it random requests, by schemathesis."""

from __future__ import annotations

import argparse
import json
import os
import secrets
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.chaos.rig import running_rig, why_not
from tools.programs import ROOT, python_env

CONFIG = ROOT / "tools" / "fuzz" / "schemathesis.toml"
EXAMPLES = 100
"""Random cases of each operation in a round; the schemas' limits add about as many."""
LIFE_OF_A_FILE = ("initUpload", "completeUpload", "getFileStatus", "getFile", "changeFile", "deleteFile")
LIFE = ("--phases=stateful", "--mode=positive", *(f"--include-operation-id={name}" for name in LIFE_OF_A_FILE))
"""The operations of a narrow round, in which many files pass from init to deletion."""
STORE = "swift"
TOO_MANY = 2**31


@dataclass(frozen=True)
class Round:
    """One run of schemathesis: responses by operation and status (`getFile 404`), its output, whether it passed."""

    passed: bool
    answers: Counter[str]
    words: str

    @property
    def cases(self) -> int:
        return self.answers.total()


def run_round(url: str, seed: int, examples: int, *options: str, token: str | None = None) -> Round:
    """Run one round against the service at `url`; token: of a caller, if login is on.

    With a token, requests without one and with a wrong one are sent too, and must be refused.
    """
    with tempfile.TemporaryDirectory(prefix="longshore-fuzz-") as folder:
        counted = Path(folder) / "answers.json"
        words = [sys.executable, "-m", "schemathesis.cli", f"--config-file={CONFIG}", "run", f"{url}/api/openapi.json"]
        words += [f"--seed={seed}", f"--max-examples={examples}", "--continue-on-failure", "--no-color", *options]
        environment = {"SCHEMATHESIS_HOOKS": "tools.fuzz.hooks", "FUZZ_COUNT": str(counted)}
        if token is None:
            words.append("--exclude-checks=ignored_auth")
        else:
            words.append(f"--header=Authorization: Bearer {token}")
            environment["FUZZ_LOGIN"] = "on"
        done = subprocess.run(
            words,
            cwd=ROOT,
            env={**os.environ, **python_env(), **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        answers = json.loads(counted.read_text()) if counted.exists() else {}
    return Round(done.returncode == 0, Counter(answers), done.stdout + done.stderr)


def summary(answers: Counter[str]) -> str:
    """Return a line per operation: its responses by status."""
    by_operation: dict[str, list[str]] = {}
    for name, count in sorted(answers.items()):
        operation, status = name.split()
        by_operation.setdefault(operation, []).append(f"{status}: {count}")
    return "\n".join(f"  {operation:<24} {', '.join(found)}" for operation, found in by_operation.items())


def main(arguments: Sequence[str]) -> int:
    """Return the exit code: 0 only if the document describes every response."""
    parser = argparse.ArgumentParser(prog="./dev fuzz", description=__doc__)
    parser.add_argument("--cases", type=int, default=20_000, help="minimum number of requests (20000)")
    parser.add_argument("--seed", type=int, default=None, help="seed of the random requests (random)")
    chosen = parser.parse_args(arguments)
    reason = why_not(STORE)
    if reason:
        sys.exit(f"./dev fuzz: {reason}")
    seed = secrets.randbelow(TOO_MANY) if chosen.seed is None else chosen.seed
    answers: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="longshore-fuzz-") as folder, running_rig(Path(folder), STORE) as rig:
        for number in range(chosen.cases):
            for options in (("--workers=2",), LIFE):
                done = run_round(rig.api.url, seed + number, EXAMPLES, *options)
                answers += done.answers
                print(f"seed {seed + number}: {answers.total()} requests", flush=True)
                bugs = rig.bugs_in_logs()
                if not done.passed or bugs:
                    print(done.words, *bugs, sep="\n")
                    print(f"FAILED; repeat it: ./dev fuzz --seed {seed + number} --cases 1")
                    return 1
            if answers.total() >= chosen.cases:
                break
    print(summary(answers))
    print(f"{answers.total()} requests from seed {seed} on: no 5xx, no response that the document does not describe")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
