"""The groups of `./dev test`: they contain every test once with --all, and run in parallel."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tools import debian
from tools.checks import other_python, run_tests, web
from tools.checks.suites import Group, every, everyday
from tools.programs import ROOT


def files_of(group: Group) -> list[str]:
    """The files of tests that a group runs, from its command line."""
    words = [word for word in group.command if word.startswith(("tests", "--ignore=tests"))]
    ignored = [word.removeprefix("--ignore=") for word in words if word.startswith("--ignore=")]
    roots = [ROOT / word for word in words if not word.startswith("--ignore=")]
    found = [file for root in roots for file in ([root] if root.is_file() else sorted(root.rglob("test_*.py")))]
    inside = [file for file in found if not any(file.is_relative_to(ROOT / path) for path in ignored)]
    return [str(file.relative_to(ROOT)) for file in inside]


def test_dev_test_all_runs_every_test_once() -> None:
    run = [file for group in every(both_ends=False) for file in files_of(group)]
    assert sorted(run) == sorted(str(file.relative_to(ROOT)) for file in (ROOT / "tests").rglob("test_*.py"))
    assert "the page's tests" in [group.name for group in every(both_ends=False)]


def test_the_everyday_run_uses_one_store_and_one_browser() -> None:
    groups = {group.name: group for group in everyday()}
    assert list(groups) == ["live", "browser", "api", "unit", "jobs", "the page's tests"]
    assert groups["live"].env == {"LIVE_STORES": "swift"}
    assert groups["browser"].command[-2:] == ("-k", "not firefox")
    assert [name for name, group in groups.items() if name != "the page's tests" and not files_of(group)] == []


def test_the_other_python_replaces_the_live_flows_on_both_ends() -> None:
    here, there = ([group.name for group in every(both_ends=both_ends)] for both_ends in (False, True))
    assert there == ["the other Python" if name == "live, flows" else name for name in here]


@pytest.mark.parametrize(
    ("arguments", "others"), [([], other_python.CLIENT), (["--all"], ("tests/unit", "tests/api", "tests/jobs"))]
)
def test_the_other_python_runs_the_live_flows_and_more(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], others: tuple[str, ...]
) -> None:
    run: list[list[str]] = []
    monkeypatch.setattr(other_python, "other_end", lambda _this: "python3.0")
    monkeypatch.setattr(other_python, "run_on", lambda _python, tests: run.append(tests) or 7)
    assert other_python.main(arguments) == 7
    (flows,) = [group for group in every(both_ends=False) if group.name == "live, flows"]
    assert run == [[*flows.command[3:], *others]]


@pytest.mark.parametrize("test", other_python.LEFT_OUT)
def test_tests_left_out_on_the_other_python_exist(test: str) -> None:
    file, _, name = test.partition("::")
    assert f"def {name}" in (ROOT / file).read_text()


def printing(text: str, code: int = 0) -> Sequence[str]:
    """A command that prints a text and ends with a code."""
    return sys.executable, "-c", f"print({text!r}); raise SystemExit({code})"


def test_groups_show_their_progress_and_result(capfd: pytest.CaptureFixture[str]) -> None:
    good = Group("good", printing("tests/a.py ..  [ 10%]\ntests/b.py ..  [ 45%]\ntests/b.py ..  [ 50%]\n4 passed"))
    bad = Group("bad", printing("tests/c.py F  [100%]\nE assert 1 == 2", 1))
    assert run_tests.run_groups([good, bad]) == [run_tests.Failure("bad", ["E assert 1 == 2"])]
    lines = [re.sub(r" after \d+ s$", "", line) for line in capfd.readouterr().out.splitlines()]
    assert [line for line in lines if "%" in line and "good" in line] == ["   good: 45 %"]
    assert [line for line in lines if "%" in line and "bad" in line] == ["   bad: 100 %"]
    assert lines[lines.index("== good passed") + 1] == "4 passed"
    assert lines[lines.index("== bad FAILED") + 1] == "E assert 1 == 2"


def test_a_group_starts_after_earlier_groups_even_if_they_failed(tmp_path: Path) -> None:
    order = tmp_path / "order"
    write = f"import sys; open({str(order)!r}, 'a').write(sys.argv[1]); sys.exit(sys.argv[1] == 'first ')"
    first, second, third = (
        Group(name, (sys.executable, "-c", write, f"{name} "), behind=behind)
        for name, behind in (("first", ()), ("second", ("first",)), ("third", ("first", "second")))
    )
    assert [failed.group for failed in run_tests.run_groups([third, second, first])] == ["first"]
    assert order.read_text() == "first second third "


def test_compose_runs_after_all_browser_groups() -> None:
    groups = {group.name: group for group in every(both_ends=True)}
    assert sorted(groups["Compose"].behind) == sorted(name for name in groups if name.startswith("browser"))


def test_a_group_has_its_own_environment(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OURS", "kept")
    code = "import os; print(os.environ['OURS'], os.environ['LIVE_STORES'])"
    assert run_tests.run_group(Group("one", (sys.executable, "-c", code), {"LIVE_STORES": "swift"})) is None
    assert "kept swift" in capfd.readouterr().out


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The groups that were run, none of them for real; the page is built."""
    run: list[list[str]] = []
    monkeypatch.setattr(debian, "is_root_on_debian", lambda: False)
    monkeypatch.setattr(web, "build", lambda *, for_tests: None)
    monkeypatch.setattr(run_tests, "FETCH", printing(""))
    monkeypatch.setattr(run_tests, "coverage", lambda *_words: 0)

    def note(groups: Sequence[Group]) -> list[run_tests.Failure]:
        run.append([group.name for group in groups])
        return []

    monkeypatch.setattr(run_tests, "run_groups", note)
    return run


@pytest.mark.parametrize(
    ("arguments", "groups"),
    [([], [everyday()]), (["--all"], [every(both_ends=True)]), (["--version"], [])],
)
def test_arguments_choose_the_groups_that_run(
    built: list[list[str]], monkeypatch: pytest.MonkeyPatch, arguments: list[str], groups: list[list[Group]]
) -> None:
    monkeypatch.setenv("BOTH_ENDS", "yes")
    assert run_tests.main(arguments) == 0
    assert built == [[group.name for group in some] for some in groups]


@pytest.mark.parametrize("worse", ["combine", "report"])
def test_too_little_coverage_fails(built: list[list[str]], monkeypatch: pytest.MonkeyPatch, worse: str) -> None:
    monkeypatch.setattr(run_tests, "coverage", lambda *words: words[0] == worse)
    assert run_tests.main(["--all"]) == 1
    assert run_tests.main([]) == 0
