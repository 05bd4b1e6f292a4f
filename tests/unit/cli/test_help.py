"""The command line's help and its suggestions: whole sentences at any width, and nothing imported for it."""

from __future__ import annotations

import configparser
import re
import subprocess
import sys
from urllib.parse import urlencode

import click
import pytest
from click.shell_completion import ShellComplete

import longshore as package
import service as service_package
from longshore.cli.commands import ALL
from longshore.cli.exits import ASKED_WRONGLY, DONE
from longshore.cli.help import ENOUGH
from longshore.cli.transfers import journal
from longshore.main import longshore
from tests.support.client.command_line import Run
from tests.support.client.fake_service import NEVER, FakeService
from tools.programs import ROOT, python_env


def squeezed(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def test_summaries_are_the_first_sentences_of_the_commands() -> None:
    ctx = click.Context(longshore)
    found = {name: longshore.get_command(ctx, name) for name in ALL}
    assert {name: entry.summary for name, entry in ALL.items()} == {
        name: command.get_short_help_str(ENOUGH) for name, command in found.items() if command
    }


@pytest.mark.parametrize("columns", [40, 60, 80, 200])
def test_help_names_every_command_with_its_whole_sentence(
    run: Run, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    shown = run("--help").out
    assert [name for name, entry in ALL.items() if f" {name} {entry.summary}" not in squeezed(shown)] == []
    assert max(map(len, shown.splitlines())) <= max(50, columns)
    assert "scans List scans without a verdict: running ones, then waiting ones, then failed ones." in squeezed(
        run("admin", "--help").out
    )


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["uplod"], "Did you mean `longshore upload`?"),
        (["ls"], "Did you mean `longshore list`?"),
        (["help"], "Did you mean `longshore --help`?"),
        (["admin", "decid"], "Did you mean `longshore admin decide` or `longshore admin decision`?"),
        (["keys", "lst"], "Did you mean `longshore keys list`?"),
        (["upload", "--limts", "3"], "Did you mean '--limit'?"),
        (["xyzzy"], "No such command 'xyzzy'.\n"),
    ],
)
def test_a_mistyped_name_gets_a_suggestion(run: Run, words: list[str], hint: str) -> None:
    ended = run(*words)
    assert (ended.code, ended.out, hint in ended.err) == (ASKED_WRONGLY, "", True)


def test_the_version_is_the_same_everywhere(run: Run) -> None:
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    version = setup["metadata"]["version"]
    assert (package.__version__, service_package.__version__) == (version, version)
    assert run("--version") == (DONE, f"longshore {version}\n", "")


def test_help_and_completion_import_no_command() -> None:
    code = (
        "import sys; from longshore.main import longshore\n"
        "for words in (['--help'], ['--version']): longshore(words, standalone_mode=False)\n"
        "from click.shell_completion import ShellComplete\n"
        "print(len(ShellComplete(longshore, {}, 'longshore', 'X').get_completions([], '')))\n"
        "print(sorted({'service', 'longshore.cli.transfers.upload', 'rich'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], env=python_env(), cwd=ROOT, capture_output=True, text=True)
    assert (done.stdout.splitlines()[-2:], done.stderr) == ([str(len(ALL)), "[]"], "")


@pytest.mark.parametrize(
    ("words", "incomplete", "found"),
    [
        ([], "down", [("plain", "download")]),
        (["upload"], "pho", [("file", "pho")]),
        (["download", "x", "-o"], "", [("file", "")]),
        (["list", "--status"], "cl", [("plain", "clean")]),
        (["links"], "rev", [("plain", "revoke")]),
        (["resume"], "up", [("plain", "upload-1")]),
    ],
)
def test_commands_options_and_uploads_are_completed(
    run: Run, words: list[str], incomplete: str, found: list[tuple[str, str]]
) -> None:
    journal.remember(journal.Entry("upload-1", "file-1", "https://x", "/a", 1, 1, 1, NEVER))
    items = ShellComplete(longshore, {}, "longshore", "_LONGSHORE_COMPLETE").get_completions(words, incomplete)
    assert [(item.type, item.value) for item in items] == found


@pytest.mark.parametrize(
    ("words", "incomplete", "found"),
    [
        (["upload", "x", "--folder"], "photos/2", ["photos/2026"]),
        (["list", "--folder"], "photos/", ["photos/2026", "photos/old"]),
        (["download", "-r"], "photos/o", ["photos/old"]),
        (["download"], "photos/o", []),
    ],
)
def test_folders_of_the_service_are_completed(
    service: FakeService, run: Run, words: list[str], incomplete: str, found: list[str]
) -> None:
    items = [{"path_name": f"photos/{name}", "name": name, "created_at": NEVER} for name in ("2026", "old")]
    query = urlencode({"path_name": "photos", "limit": 200})
    service.answers[f"GET /api/v1/file/folders?{query}"] = {"items": items, "next_cursor": None}
    complete = ShellComplete(longshore, {}, "longshore", "_LONGSHORE_COMPLETE").get_completions
    assert [item.value for item in complete(words, incomplete)] == found
    service.stop()
    assert complete(words, incomplete) == []


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["list", "--from", "yesterday"], "'yesterday' is not a time; write 2026-01-31 or 2026-01-31T12:30"),
        (["upload", "-r", "x", "--folder", "a/../b"], "--folder: must not contain `.`, `..` or `//`"),
        (["download", "x", "-o", "/nosuch/x"], "The folder /nosuch does not exist."),
    ],
)
def test_an_invalid_value_is_refused_with_its_reason(
    service: FakeService, run: Run, words: list[str], reason: str
) -> None:
    ended = run(*words)
    assert (ended.code, ended.out, reason in ended.err) == (ASKED_WRONGLY, "", True)
