"""Benchmarks are not run by tests; but each of their names leads to a module."""

from __future__ import annotations

from importlib.util import find_spec

from tools.bench.run import NAMES, module_name


def test_every_name_is_a_module() -> None:
    assert [name for name in NAMES if find_spec(module_name(name)) is None] == []
