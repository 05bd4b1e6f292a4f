"""Keys by the operator's command, and the callers that have them."""

from __future__ import annotations

import json
import os
from itertools import count
from typing import Any

from tests.support.live.client import Caller, Client
from tests.support.live.stack import Stack
from tests.support.programs.commands import run_module

NAMES = (f"subject {number}" for number in count())


def keys(stack: Stack, *words: str) -> Any:
    """Run `longshore keys` like an operator in the service's environment, and return its output."""
    done = run_module("longshore.main", "keys", *words, env={**os.environ, **stack.env})
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) if "--json" in words else done.stdout.strip()


def caller(stack: Stack, locked: Client) -> Caller:
    made = keys(stack, "create", "--json", "--name=live", f"--subject={next(NAMES)}", "--scope=upload,read,delete")
    return Caller(locked.url, made["key"])
