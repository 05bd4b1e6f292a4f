"""`longshore doctor`: each fault is reported with advice, and nothing else is."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from service.admin.doctor.examination import GROUPS, examine
from service.admin.doctor.finding import FAIL, OK, SKIPPED, WARN, CheckContext
from tests.support.doctor import (
    faults_inside,
    faults_of_attacks,
    faults_of_storage,
    faults_of_uploads,
    faults_of_work,
    faults_outside,
)
from tests.support.doctor.faults import FAULTS
from tests.support.doctor.healthy_deployment import HealthyDeployment

NOTED = (faults_inside, faults_of_attacks, faults_of_work, faults_of_storage, faults_of_uploads, faults_outside)
"""Each notes its faults in FAULTS."""


def checks(groups: Collection[str] = tuple(GROUPS)) -> dict[str, str]:
    """Every check of these groups with the state OK."""
    return {f"{group}: {check}": OK for group in groups for check in GROUPS[group]}


def states(context: CheckContext, groups: Collection[str] = tuple(GROUPS)) -> tuple[dict[str, str], str]:
    """Every check's state, and the advice of all findings."""
    found = {f"{each.group}: {each.check}": each.finding for each in examine(context, groups)}
    bad = [finding for finding in found.values() if finding.status in {WARN, FAIL}]
    return {name: finding.status for name, finding in found.items()}, " ".join(each.change for each in bad)


def test_a_healthy_deployment_has_no_findings(healthy: HealthyDeployment) -> None:
    assert states(healthy.context) == (checks(), "")


@pytest.mark.parametrize("name", FAULTS)
def test_exactly_the_broken_part_is_reported(healthy: HealthyDeployment, name: str) -> None:
    fault = FAULTS[name]
    with fault.breaks(healthy) as context:
        found, change = states(context, fault.groups)
    assert found == checks(fault.groups) | fault.found
    assert fault.advice in change


def test_every_check_is_broken_by_some_fault() -> None:
    found = [fault.found.items() for fault in FAULTS.values()]
    assert {name for states in found for name, state in states if state != SKIPPED} == set(checks())
