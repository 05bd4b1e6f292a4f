"""The tables of steps between states: complete, and no other step is possible."""

from __future__ import annotations

from itertools import product
from unittest.mock import Mock

import pytest

from service.db.statements.transitions.uploads import move_upload
from service.values.states import FILE_STEPS, UPLOAD_STEPS, Step, UploadState, Verdict, is_step
from tools.docs.state_map import TARGET, text

ENDS = {UploadState.COMPLETED, UploadState.ABORTED, UploadState.EXPIRED}


def test_the_page_shows_every_state_and_step() -> None:
    assert TARGET.read_text() == text(), "run: python -m tools.docs.state_map"


@pytest.mark.parametrize(("steps", "first"), [(UPLOAD_STEPS, UploadState.UPLOADING), (FILE_STEPS, Verdict.PENDING)])
def test_every_state_can_be_reached(steps: tuple[Step, ...], first: UploadState | Verdict) -> None:
    reached = {first}
    for _ in steps:
        reached |= {step.to for step in steps if step.come_from in reached}
    assert reached == set(type(first))


def test_an_ended_upload_has_no_further_step() -> None:
    assert {step.come_from for step in UPLOAD_STEPS} == set(UploadState) - ENDS


@pytest.mark.parametrize("come_from", [Verdict.INFECTED, Verdict.UNSCANNABLE])
def test_a_blocked_file_is_never_clean_without_a_scan(come_from: Verdict) -> None:
    assert not is_step(FILE_STEPS, come_from, Verdict.CLEAN)


NO_STEPS = [pair for pair in product(UploadState, UploadState) if not is_step(UPLOAD_STEPS, *pair)]


@pytest.mark.parametrize(("come_from", "to"), NO_STEPS)
def test_a_step_that_is_not_in_the_table_raises_an_error(come_from: UploadState, to: UploadState) -> None:
    session = Mock()
    with pytest.raises(ValueError, match=f"an upload cannot change from {come_from} to {to}"):
        move_upload(session, "any", come_from, to)
    session.execute.assert_not_called()
