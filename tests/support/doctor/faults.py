"""Faults: one broken thing, and the expected findings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import NamedTuple

from service.admin.doctor.examination import GROUPS
from service.admin.doctor.finding import FAIL, SKIPPED, CheckContext
from tests.support.doctor.healthy_deployment import HealthyDeployment

Breaks = Callable[..., Iterator[CheckContext]]


class Fault(NamedTuple):
    """breaks: breaks the deployment inside its block.

    found: the statuses that are not ok. advice: words of it. groups: the examined groups: all, or only the fault's own
    for a further variant.
    """

    breaks: Callable[[HealthyDeployment], AbstractContextManager[CheckContext]]
    found: dict[str, str]
    advice: str
    groups: tuple[str, ...]


FAULTS: dict[str, Fault] = {}
OF_STORAGE = {"storage", "public storage", "attacks", "upload"}
"""Groups that talk to storage: four fifths of an examination's processor time are theirs without the attacks."""
ALWAYS = tuple(group for group in GROUPS if group not in OF_STORAGE)
"""The groups that are examined for every fault."""
WITH_STORAGE = tuple(group for group in GROUPS if group != "attacks")
"""The groups for a fault of storage, of a scanner, or of a whole part: the attacks take longer than all of them."""


def finds(found: dict[str, str], advice: str, **variants: object) -> Callable[[Breaks], Breaks]:
    """Register a fault, or one for each variant: its name, and further arguments of the function."""

    def note(breaks: Breaks) -> Breaks:
        whole = contextmanager(breaks)
        name = breaks.__name__.replace("_", " ")
        if not variants:
            _note(name, Fault(whole, found, advice, _examined(found)))
        own = tuple(group for group in GROUPS if any(each.startswith(f"{group}: ") for each in found))
        for number, (variant, value) in enumerate(variants.items()):

            def one(healthy: HealthyDeployment, value: object = value) -> AbstractContextManager[CheckContext]:
                return whole(healthy, value)

            _note(
                f"{name}: {variant.replace('_', ' ')}", Fault(one, found, advice, own if number else _examined(found))
            )
        return breaks

    return note


def _examined(found: dict[str, str]) -> tuple[str, ...]:
    groups = {name.partition(": ")[0] for name in found}
    if "attacks" in groups:
        return tuple(GROUPS)
    # an API remembers for some seconds what it has learnt of a scanner
    needs_all = not found or SKIPPED in found.values() or groups & (OF_STORAGE | {"scanner", "icap"})
    return WITH_STORAGE if needs_all else ALWAYS


def _note(name: str, fault: Fault) -> None:
    assert name not in FAULTS
    FAULTS[name] = fault


def down(*groups: str) -> dict[str, str]:
    """Return the findings if the first check of the first group has failed and all others are skipped."""
    names = [f"{group}: {check}" for group in groups for check in GROUPS[group]]
    return dict.fromkeys(names, SKIPPED) | {names[0]: FAIL}
