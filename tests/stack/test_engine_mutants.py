"""Faults of the upload engine that count as missed in a report by Stryker."""

import pytest

from tools.checks import engine_mutants
from tools.checks.engine_mutants import Fault

SOURCE = "if (a) {\n  go();\n}\nreturn  a ?? b;"
LAST = Fault("client/upload/run.ts", "return a ?? b;", "return a && b;")


def mutant(status, replacement, start, end):
    where = {name: {"line": at[0], "column": at[1]} for name, at in (("start", start), ("end", end))}
    return {"status": status, "replacement": replacement, "location": where}


def report(*statuses):
    """Of a module with three faults: the condition, the block over three lines, the last line."""
    faults = [("true", (1, 5), (1, 6)), ("{}", (1, 8), (3, 2)), ("a && b", (4, 9), (4, 15))]
    mutants = [mutant(status, *fault) for status, fault in zip(statuses, faults, strict=True)]
    return {"files": {"client/upload/run.ts": {"source": SOURCE, "mutants": mutants}}}


@pytest.mark.parametrize(
    ("paths", "patterns"),
    [
        (["web/client"], ["client/**/*.ts"]),
        (["web/client/upload/run.ts", "web/client/hash/"], ["client/upload/run.ts", "client/hash/**/*.ts"]),
    ],
)
def test_stryker_gets_patterns_of_the_paths_without_tests(paths, patterns):
    assert engine_mutants.patterns(paths) == [
        *patterns,
        *("!client/tests/**", "!client/dist/**", "!client/*.config.ts", "!client/store/dropzone.ts"),
    ]


def test_the_engines_paths_are_separated_from_others():
    engine, others = ["web/client/upload/run.ts", "web/client"], ["service/db", "longshore/client"]
    assert engine_mutants.split([*others, *engine]) == (engine, others)


def test_a_missed_fault_is_shown_as_a_change_of_its_line():
    lines, share = engine_mutants.missed(report("Survived", "NoCoverage", "Killed"), [])
    assert lines == [
        "line 1 of client/upload/run.ts\n- if (a) {\n+ if (true) {\n",
        "line 1 of client/upload/run.ts\n- if (a) {\n+ if (a) {}\n",
    ]
    assert round(share, 3) == 0.333


@pytest.mark.parametrize("status", ["Killed", "Timeout", "CompileError", "Ignored"])
def test_a_detected_or_invalid_fault_is_not_missed(status):
    assert engine_mutants.missed(report("Killed", "Killed", status), []) == ([], 1.0)


def test_an_equivalent_fault_does_not_count():
    known = engine_mutants.equivalent(f"# Head.\n\n# Both are\n# equal.\n{LAST}\n")
    assert known == {LAST: "Both are equal."}
    assert engine_mutants.missed(report("Killed", "Killed", "Survived"), known) == ([], 1.0)


def test_every_equivalent_fault_has_its_reason_and_its_line():
    for fault, reason in engine_mutants.equivalent(engine_mutants.EQUIVALENT.read_text()).items():
        source = (engine_mutants.WEB / fault.module).read_text()
        assert reason, fault
        assert fault.line in [" ".join(line.split()) for line in source.split("\n")]


def test_the_share_is_zero_if_no_fault_was_judged():
    assert engine_mutants.missed(report("CompileError", "Ignored", "Pending"), []) == ([], 0.0)
