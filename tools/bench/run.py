"""Run benchmarks, save their figures, write README.md and docs/capacity.md:  python -m tools.bench.run [NAME…]."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tools.bench import capacity_page
from tools.bench.rig.measure import Claim, Report
from tools.docs.generated_blocks import rewritten

HERE = Path(__file__).parent
RESULTS = HERE / "results"
README = HERE / "README.md"
NAMES = (
    "signer",
    "signing_api",
    "upload",
    "promises",
    "cli",
    "browser",
    "rows",
    "service_cpu",
    "memory",
    "scan_memory",
    "verdict",
    "webhooks",
    "capacity",
    "load",
    "load_hour",
    "in_place",
)
START, END = "<!-- results: python -m tools.bench.run -->\n", "<!-- end of results -->"


def main(arguments: Sequence[str]) -> int:
    """Run the named benchmarks, or all. Return 0 for any figures, which are for readers."""
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(NAMES)} (default: all)")
    wanted = parser.parse_args(arguments).names or NAMES
    unknown = set(wanted) - set(NAMES)
    if unknown:
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}")
    for name in wanted:
        report: Report = importlib.import_module(module_name(name)).run()
        show(report)
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / f"{name}.json").write_text(json.dumps(report.as_json(), indent=1, ensure_ascii=False) + "\n")
    README.write_text(with_results(README.read_text()))
    capacity_page.write()
    return 0


def module_name(name: str) -> str:
    """Return the module of a benchmark. It is imported to run: each has libraries of its own."""
    return f"tools.bench.{name}"


def show(report: Report) -> None:
    """Print one report."""
    lines = [f"== {report.name} ({report.unit})"]
    lines += [f"  {name:<24}{value:>12.2f}" for name, value in report.medians.items()]
    lines += [f"  {_measured(vars(claim))} (goal {_goal(vars(claim))})" for claim in report.claims]
    sys.stdout.write("\n".join([*lines, *report.notes]) + "\n")


def with_results(readme: str) -> str:
    """Return the text of README.md with a table of all saved results."""
    rows = ["| benchmark | measured | goal | | medians | date, machine |", "|---|---|---|---|---|---|"]
    for path in sorted(RESULTS.glob("*.json")):
        result: dict[str, Any] = json.loads(path.read_text())
        figures = ", ".join(f"{name} {value:.2f}" for name, value in result["medians"].items())
        where = f"{result['date']}, {result['machine']['cpu']}, {result['machine']['cores']} cores"
        last = f"{figures} {result['unit']} | {where}"
        for claim in result["claims"]:
            verdict = "met" if Claim(**claim).met else "**missed**"
            rows.append(f"| {result['name']} | {_measured(claim)} | {_goal(claim)} | {verdict} | {last} |")
            last = "as above | "
    return rewritten(readme, START, END, "\n".join(rows) + "\n")


def _goal(claim: dict[str, Any]) -> str:
    return f"{'≤' if claim['at_most'] else '≥'} {claim['goal']:g}{claim['unit']}"


def _measured(claim: dict[str, Any]) -> str:
    return f"{claim['figure']:.3g}{claim['unit']} {claim['what']}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
