"""What a fault is: one thing that is broken, and the findings that have to be others for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import NamedTuple

from service.admin.doctor.examination import GROUPS
from service.admin.doctor.finding import FAIL, SKIPPED, CheckContext
from tests.support.doctor.healthy_deployment import HealthyDeployment

Breaks = Callable[..., Iterator[CheckContext]]


class Fault(NamedTuple):
    """breaks: inside its block the deployment is broken. found: the states that are not ok. advice: words of it.

    groups: what is examined: all, or only its own for a further variant of something.
    """

    breaks: Callable[[HealthyDeployment], AbstractContextManager[CheckContext]]
    found: dict[str, str]
    advice: str
    groups: tuple[str, ...]


FAULTS: dict[str, Fault] = {}
ALWAYS = tuple(group for group in GROUPS if group != "attacks")
"""What every fault is looked for with: a round of attacks takes longer than all of it."""


def finds(found: dict[str, str], advice: str, **variants: object) -> Callable[[Breaks], Breaks]:
    """Notes a fault, or one for each variant: its name, and what the function is called with beside the deployment."""

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
    return tuple(GROUPS) if any(name.startswith("attacks: ") for name in found) else ALWAYS


def _note(name: str, fault: Fault) -> None:
    assert name not in FAULTS
    FAULTS[name] = fault


def down(*groups: str) -> dict[str, str]:
    """The first check of the first group has failed, and the rest of all of them is not tried."""
    names = [f"{group}: {check}" for group in groups for check in GROUPS[group]]
    return dict.fromkeys(names, SKIPPED) | {names[0]: FAIL}
