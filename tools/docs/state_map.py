"""Writes docs/states.md, tables and diagrams, from the code's own tables of steps:  python -m tools.docs.state_map."""

from __future__ import annotations

from enum import StrEnum

from service.values.states import (
    FILE_STEPS,
    REPAIR_STEPS,
    REPAIR_UPLOAD_STEPS,
    UPLOAD_STEPS,
    WITHDRAWAL_STEPS,
    Step,
    UploadState,
    Verdict,
)
from tools.programs import ROOT

TARGET = ROOT / "docs" / "states.md"
HEAD = """\
# The states of an upload and of a file

Made from the tables in `service/values/states.py` by `python -m tools.docs.state_map`; do not edit. Each step is one
conditional UPDATE (`service/domain/records/transitions.py`), so of two processes that want the same step, one makes it.
"""
UPLOAD_WORDS = """\
## An upload

From `POST /upload/init/` until its file is deleted. An upload in `completing` is finished by whoever comes next: the
client that asks again, or the sweeper.
"""
FILE_WORDS = """\
## A file

It exists from the moment its upload is `completed`; what changes is the verdict. Only `clean` and `disabled` are
served, and `unscannable` where `UNSCANNABLE_POLICY=release`. A file that is scanned again keeps its verdict until the
new one is there.
"""
WITHDRAWAL_WORDS = """\
## A file whose object was replaced

Found when a link is asked for, by a scan, or by the sweeper's round through the public bucket. The file is blocked, and
the object that was found is moved into quarantine. Only for a file that is not blocked yet.
"""
REPAIR_WORDS = """\
## After a disaster

What operators' commands do when database and storage do not fit together any more ([runbooks.md](runbooks.md)). Only
to a file that is not held: one in quarantine stays there, unless `check --adopt` takes the object that it was
withdrawn for. The first two are an upload's steps, the others a file's.
"""


def text() -> str:
    """The page."""
    upload = section(UPLOAD_WORDS, UPLOAD_STEPS, UploadState.UPLOADING, (UploadState.COMPLETED, "file"))
    file = section(FILE_WORDS, FILE_STEPS, Verdict.PENDING, None)
    withdrawal = "\n".join((WITHDRAWAL_WORDS, *table(WITHDRAWAL_STEPS)))
    repair = "\n".join((REPAIR_WORDS, *table((*REPAIR_UPLOAD_STEPS, *REPAIR_STEPS))))
    return "\n".join((HEAD, upload, file, withdrawal, repair))


def section(words: str, steps: tuple[Step, ...], first: StrEnum, last: tuple[StrEnum, str] | None) -> str:
    """Words, diagram and table; last: a state that leads to something that the diagram names."""
    arrows = [f"    [*] --> {first}"]
    arrows += [f"    {step.come_from} --> {step.to}" for step in steps if step.come_from != step.to]
    arrows += [f"    {last[0]} --> [*]: a {last[1]}"] if last else []
    diagram = ["```mermaid", "stateDiagram-v2", *arrows, "```"]
    return "\n".join([words, *diagram, "", *table(steps)])


def table(steps: tuple[Step, ...]) -> list[str]:
    """A row a step."""
    rows = [f"| `{step.come_from}` | `{step.to}` | {step.when} |" for step in steps]
    return ["| from | to | when |", "|---|---|---|", *rows, ""]


if __name__ == "__main__":
    TARGET.write_text(text())
