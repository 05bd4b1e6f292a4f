"""Our commands in the documents, in blocks and in sentences, exist with their options."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from functools import lru_cache
from importlib.util import find_spec
from itertools import dropwhile, pairwise
from pathlib import Path

import click
import pytest

from longshore.main import longshore
from service.settings import Settings
from tests.support.deployment.compose_files import SERVICES
from tests.support.documents import blocks, pages
from tools.checks.web import WEB
from tools.programs import ROOT

OPERATORS = "();<>|&\n"
BEFORE_COMMANDS = {"until", "while", "if", "then", "do", "!", "{"}
FENCED = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
ASSIGNMENT = re.compile(r"[A-Z_0-9]+=")
VERBS = {"build", "cp", "down", "exec", "ps", "restart", "rm", "up"}
"""Commands of Compose."""
OTHER_VARIABLES = {"BOTH_ENDS", "LIVE_PROXIES", "LIVE_STORES"}
"""Variables of the tests, not of the service."""


def commands(text: str) -> Iterator[list[str]]:
    """The words of each simple command of a script."""
    script = re.sub(r"\s+#.*$", "", text.replace("\\\n", " "), flags=re.MULTILINE)
    lexer = shlex.shlex(script, posix=True, punctuation_chars=OPERATORS)
    lexer.whitespace, lexer.whitespace_split, lexer.commenters = " \t", True, ""
    words: list[str] = []
    for word in [*lexer, "\n"]:
        if set(word) <= set(OPERATORS):
            if words:
                yield words
            words = []
        elif words or word not in BEFORE_COMMANDS:
            words.append(word)


def named() -> list[tuple[str, list[str]]]:
    """Return (place, words) of the commands in all blocks for a shell, and in `code` of sentences."""
    found = [(block.place, words) for block in blocks() if block.language == "sh" for words in commands(block.text)]
    for page, text in pages().items():
        for code in re.findall(
            r"`((?:\w+=\S+ )*(?:\./dev|longshore|docker|kubectl|npm|python3?) [^`]+)`", FENCED.sub("", text)
        ):
            found += [(page, words) for words in commands(re.sub(r"[\[\]\n]", " ", code))]
    return found


@lru_cache
def usage() -> dict[str, str]:
    """The text of `./dev help` for each command."""
    output = subprocess.run([ROOT / "dev", "help"], capture_output=True, text=True, check=True).stdout
    return dict(re.findall(r"^  (\w+)(.*\n(?:   .*\n)*)", output, re.MULTILINE))


def of_dev(verb: str, *words: str) -> list[str]:
    if verb == "longshore":
        return of_longshore(*words)
    if verb not in usage():
        return [f"there is no ./dev {verb}"]
    if verb == "test":
        return [f"{word} is not there" for word in words if word.startswith("tests/") and not (ROOT / word).exists()]
    return [f"./dev {verb} has no {word}" for word in words if word.startswith("--") and word not in usage()[verb]]


def of_longshore(*words: str) -> list[str]:
    at: click.Command = longshore
    left = [word for word in words if word not in {"…", "COMMAND…"}]
    while left and isinstance(at, click.Group) and not left[0].startswith("-"):
        name = left.pop(0)
        inner = at.get_command(click.Context(at), name)
        if inner is None:
            return [f"{at.name} has no {name}"]
        at = inner
    parameters = at.get_params(click.Context(at, help_option_names=["-h", "--help"]))
    known = {option for parameter in parameters for option in parameter.opts + parameter.secondary_opts}
    given = [word.partition("=")[0] for word in left if re.match("--[a-z]|-[a-z]$", word)]
    return [f"{at.name} has no {word}" for word in given if word not in known]


def of_python(*words: str) -> list[str]:
    if not words or words[0] != "-m":
        return []
    if find_spec(words[1]) is None:
        return [f"there is no module {words[1]}"]
    return of_longshore(*words[2:]) if words[1] == "longshore.main" else []


def of_compose(*words: str) -> list[str]:
    """Return the files and services that do not exist."""
    pairs = list(pairwise(words))
    wrong = [f"{file} is not there" for option, file in pairs if option == "-f" and not (ROOT / file).is_file()]
    services = [value.partition("=")[0] for option, value in pairs if option == "--scale"]
    verb, *rest = [*dropwhile(lambda word: word not in VERBS, words)] or ["up"]
    plain = [word for before, word in pairwise(["", *rest]) if word[0] != "-" and before != "-e"]
    services += plain[:1] if verb == "exec" else plain if verb in {"restart", "rm"} else []
    services += [word.partition(":")[0] for word in plain[:1] if verb == "cp"]
    return wrong + [f"there is no service {name}" for name in services if name not in SERVICES]


def wrong_with(words: list[str]) -> list[str]:
    """Return the words that are no command, option, file, service or setting."""
    left = list(dropwhile(ASSIGNMENT.match, words))
    set_before = [word.partition("=")[0] for word in words[: len(words) - len(left)]]
    match left:
        case ["./dev", *rest]:
            known = {field.upper() for field in Settings.__dataclass_fields__} | OTHER_VARIABLES
            return of_dev(*rest) + [f"{name} is no setting" for name in set_before if name not in known]
        case ["longshore", *rest]:
            return of_longshore(*rest)
        case ["python" | "python3", *rest]:
            return of_python(*rest)
        case ["docker", "compose", *rest]:
            return of_compose(*rest) + in_there(rest)
        case ["npm", "run", name, *_]:
            return [] if name in json.loads((WEB / "package.json").read_text())["scripts"] else [f"npm runs no {name}"]
        case ["kubectl", *rest]:
            return in_there(rest)
    return []


def in_there(words: list[str]) -> list[str]:
    """Return the same for a command in a pod or a container."""
    return of_python(*words[words.index("python3") + 1 :]) if "python3" in words else []


def test_every_command_in_the_documents_exists() -> None:
    assert len(named()) > 200
    assert [(place, wrong) for place, words in named() for wrong in wrong_with(words)] == []


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("./dev fly", "there is no ./dev fly"),
        ("./dev up --ports 1", "./dev up has no --ports"),
        ("LOGINS=on ./dev up", "LOGINS is no setting"),
        ("./dev test tests/api/test_nothing.py", "tests/api/test_nothing.py is not there"),
        ("x=1 && ./dev longshore keys make", "keys has no make"),
        ("longshore upload a --limits 1 | cat", "upload has no --limits"),
        ("docker compose -f compose.x.yaml up -d", "compose.x.yaml is not there"),
        ("docker compose exec -e A=b apis python3 -m jobs.no", "there is no service apis"),
        ("kubectl exec pod -- python3 -m jobs.nothing", "there is no module jobs.nothing"),
        ("cd web && npm run clients", "npm runs no clients"),
    ],
)
def test_a_command_that_does_not_exist_is_found(script: str, reason: str) -> None:
    assert reason in [wrong for words in commands(script) for wrong in wrong_with(words)]


def test_the_command_line_shows_its_help_without_a_running_service(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tools.stack.command_line", "--data", str(tmp_path), "upload", "--help"]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert shown.startswith("Usage: longshore upload [OPTIONS] FILE…\n")
