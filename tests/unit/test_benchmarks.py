"""The benchmarks of `./dev bench` can be found by their names."""

from __future__ import annotations

import pytest

from tools.bench.run import HERE, NAMES, benchmark


@pytest.mark.parametrize("name", NAMES)
def test_every_benchmark_is_found_by_its_name(name: str) -> None:
    assert benchmark(name).__module__ == f"tools.bench.{name}"


def test_every_module_with_a_run_is_a_benchmark() -> None:
    modules = {file.stem for file in HERE.glob("*.py") if "\ndef run() -> Report:" in file.read_text()}
    assert modules == set(NAMES)
