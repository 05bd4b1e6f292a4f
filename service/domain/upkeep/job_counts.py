"""Save the metrics of jobs, so that they outlive the process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from service.deps import Deps
from service.errors import ServiceError
from service.observability.counters import Sample
from service.observability.logs import get_logger
from service.observability.metrics import ALSO_OF_JOBS, OF_JOBS, REGISTRY
from service.repeated import repeated

log = get_logger(__name__)

SECONDS = 2.0
"""Between two times that a worker's process saves its counts; a process that is killed loses those of the last."""
_handed_in: dict[Sample, float] = {}
"""The counts that this process has already saved."""


def begin() -> None:
    """Ignore the counts that a forked process has inherited: the parent saves them."""
    _handed_in.update(_counted()[0])


@contextmanager
def handed_in_regularly(deps: Deps) -> Iterator[None]:
    """Save this process's own counts every SECONDS while the block runs, and at its end: once a job would be slow."""
    begin()
    try:
        with repeated(SECONDS, lambda: hand_in(deps)):
            yield
    finally:
        hand_in(deps)


def hand_in(deps: Deps) -> None:
    """Add this process's counts since the last call to those of all jobs. Without Redis they are saved later."""
    counted, latest = _counted()
    more = {sample: value - _handed_in.get(sample, 0.0) for sample, value in counted.items()}
    more = {sample: amount for sample, amount in more.items() if amount}
    if not more and not latest:
        return
    try:
        deps.counters.add(more, latest)
    except ServiceError as error:
        log.warning("counts_not_handed_in", samples=len(more), reason=error.code)
    else:
        _handed_in.update(counted)


def _counted() -> tuple[dict[Sample, float], dict[Sample, float]]:
    """Return this process's sums, and the latest values of gauges that were set, by the names of the jobs' metrics."""
    sums: dict[Sample, float] = {}
    latest: dict[Sample, float] = {}
    for family in REGISTRY.collect():
        name = family.name if family.name in OF_JOBS else ALSO_OF_JOBS.get(family.name)
        if name is None:
            continue
        kept = latest if family.type == "gauge" else sums
        for each in family.samples:
            if not each.name.endswith("_created") and each.value:
                sample = Sample(name + each.name.removeprefix(family.name), tuple(sorted(each.labels.items())))
                kept[sample] = each.value
    return sums, latest
