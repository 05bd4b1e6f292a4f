"""The benchmarks of `./dev bench` have modules. Tests do not import them: not every environment has their libraries."""

from __future__ import annotations

import re
from importlib.util import find_spec

from tools.bench.run import HERE, NAMES, module_name


def test_every_benchmark_has_a_module_with_a_run_function() -> None:
    specs = [find_spec(module_name(name)) for name in NAMES]
    modules = {file.stem for file in HERE.glob("*.py") if "\ndef run() -> Report:" in file.read_text()}
    assert ({spec.name.rpartition(".")[2] for spec in specs if spec}, modules) == (set(NAMES), set(NAMES))


def test_the_pages_of_the_browser_benchmark_import_existing_files() -> None:
    pages = [page for page in (HERE / "peers").rglob("*.js") if "node_modules" not in page.parts]
    imported = [page.parent / path for page in pages for path in re.findall(r"from '(\.[^']+)'", page.read_text())]
    assert len(imported) >= 4
    assert [file for file in imported if not file.exists()] == []
