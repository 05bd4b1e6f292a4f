"""The costs of parts: the processor time that they have used, and the memory of their processes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from tools.bench.rig.measure import cpu_seconds
from tools.stack.processes.parent_watch import members
from tools.stack.processes.part import Part

TICK = os.sysconf("SC_CLK_TCK")


def processor_seconds(parts: Mapping[str, Part]) -> dict[str, float]:
    """Return the seconds of processor time that each part has used so far."""
    pids = {name: [pid for child in part.children for pid in members(child.pid)] for name, part in parts.items()}
    return {name: cpu_seconds(own) + sum(map(ended_children, own)) for name, own in pids.items()}


def ended_children(pid: int) -> float:
    """Return the processor seconds of a process's children that have ended: a worker replaces those that died."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[13]) + int(fields[14])) / TICK  # cutime and cstime, proc(5)


def forked_mib(part: Part) -> float:
    """Return the mean proportional memory (PSS), in MiB, of the processes that a part's first process has started."""
    parent = part.children[0].pid
    pids = [pid for pid in members(parent) if pid != parent]
    lines = [line for pid in pids for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()]
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024 / len(pids)
