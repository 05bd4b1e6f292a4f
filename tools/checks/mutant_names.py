"""List the names of the mutants that mutmut creates for these modules, without running them.

It runs as a separate process, because mutmut reads its settings from the working directory.
"""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from mutmut.mutation.file_mutation import mutate_file_contents
from mutmut.utils.format_utils import get_mutant_name


def mutant_names(paths: Iterable[str]) -> Iterator[str]:
    """Return the mutants of `paths`, modules or folders relative to the working directory."""
    for path in map(Path, paths):
        for module in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            for name in mutate_file_contents(str(module), module.read_text()).mutant_names:
                yield get_mutant_name(module, name)


if __name__ == "__main__":
    print("\n".join(mutant_names(sys.argv[1:])))
