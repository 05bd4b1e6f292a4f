"""Write docs/states.md, tables and diagrams, from service/values/states.py:  python -m tools.docs.state_map."""

from __future__ import annotations

from enum import StrEnum

from service.values.states import (
    ADOPTION_STEPS,
    DECISION_STEPS,
    FILE_STEPS,
    PROMOTION_STEPS,
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

Generated from the tables in `service/values/states.py` by `python -m tools.docs.state_map`; do not edit. Each step is
one conditional UPDATE (`service/db/statements/transitions/`), so that of two processes only one can make it.
"""
UPLOAD_WORDS = """\
## An upload

From `POST /upload/init/` until its file is deleted. An upload in `completing` is finished by the client's next call or
by the sweeper.
"""
FILE_WORDS = """\
## A file

It exists from the moment its upload is `completed`; only the verdict changes. Files that are `clean` or `disabled` are
served, and `unscannable` ones with `UNSCANNABLE_POLICY=release`; `released` ones are served despite what was found. A
file that is scanned again keeps its verdict until the new one is recorded, and a `released` one also after it, if the
scanner finds the same again.
"""
DECISION_WORDS = """\
## Operators' decisions

What operators decide about a file ([decisions.md](decisions.md)): scan it again, release or block it. Of several
operators at the same moment, one makes the step. A file in quarantine takes part once its move there has ended, and
only with the object that was uploaded.
"""
ADOPTION_WORDS = """\
## An adopted object that changed

Other programs replace adopted objects ([adoption.md](adoption.md)): such a file is withdrawn, until its object is
adopted again and scanned.
"""
WITHDRAWAL_WORDS = """\
## A file whose object was replaced

Detected when a link is requested, by a scan, or by the sweeper's check of the public bucket. The file is blocked, and
the object that was found is moved to quarantine. Only for a file that is not blocked yet.
"""
PROMOTION_WORDS = """\
## A public file that is still in the private bucket

Without `S3_PUBLIC_BASE_URL`, a clean file stays in the private bucket, as every link is signed. After the setting was
added, the sweeper queues these files some at a time, and a worker copies them. The verdict does not change.
"""
REPAIR_WORDS = """\
## After a disaster

What operators' commands do when the database and storage do not match any more ([runbooks.md](runbooks.md)). Only for
files that are not blocked: a file in quarantine stays there, unless `check --adopt` accepts the object that replaced
its own. The first two rows are for uploads, the others for files.
"""


def text() -> str:
    """The page."""
    upload = section(UPLOAD_WORDS, UPLOAD_STEPS, UploadState.UPLOADING, (UploadState.COMPLETED, "file"))
    file = section(FILE_WORDS, FILE_STEPS, Verdict.PENDING, None)
    withdrawal = "\n".join((WITHDRAWAL_WORDS, *table(WITHDRAWAL_STEPS)))
    promotion = "\n".join((PROMOTION_WORDS, *table(PROMOTION_STEPS)))
    repair = "\n".join((REPAIR_WORDS, *table((*REPAIR_UPLOAD_STEPS, *REPAIR_STEPS))))
    decisions = "\n".join((DECISION_WORDS, *table(DECISION_STEPS)))
    adoption = "\n".join((ADOPTION_WORDS, *table(ADOPTION_STEPS)))
    return "\n".join((HEAD, upload, file, decisions, adoption, promotion, withdrawal, repair))


def section(words: str, steps: tuple[Step, ...], first: StrEnum, last: tuple[StrEnum, str] | None) -> str:
    """Return introduction, diagram and table. last: a state whose exit the diagram names."""
    arrows = [f"    [*] --> {first}"]
    arrows += [f"    {step.come_from} --> {step.to}" for step in steps if step.come_from != step.to]
    arrows += [f"    {last[0]} --> [*]: a {last[1]}"] if last else []
    diagram = ["```mermaid", "stateDiagram-v2", *arrows, "```"]
    return "\n".join([words, *diagram, "", *table(steps)])


def table(steps: tuple[Step, ...]) -> list[str]:
    """Return a table with a row per step."""
    rows = [f"| `{step.come_from}` | `{step.to}` | {step.when} |" for step in steps]
    return ["| from | to | when |", "|---|---|---|", *rows, ""]


if __name__ == "__main__":
    TARGET.write_text(text())
