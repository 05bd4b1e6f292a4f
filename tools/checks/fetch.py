"""Download in parallel what the live tests need once per machine; the tests wait for what is still missing.

`python -m tools.checks.fetch` downloads for the everyday tests, with `--all` for every test.
"""

import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from tools import debian_root
from tools.docs.generated import clients
from tools.release import projects
from tools.stack.processes.part import PartError
from tools.stack.servers import caddy_program, mysql
from tools.stack.stores import ceph_lab

Fetch = Callable[[], object]
EVERYDAY: tuple[Fetch, ...] = (mysql.root,)
OTHERS: tuple[Fetch, ...] = (
    caddy_program.caddy_path,
    lambda: ceph_lab.unused_cluster(ceph_lab.NEW),
    clients.environment,
    projects.installed,
)


def main(arguments: Sequence[str]) -> None:
    """Print failures only: the test that needs the part fails with the same error."""
    if debian_root.unavailable() is not None:
        return
    wanted = (*EVERYDAY, *OTHERS) if "--all" in arguments else EVERYDAY
    with ThreadPoolExecutor(len(wanted)) as pool:
        for fetched in [pool.submit(fetch) for fetch in wanted]:
            error = fetched.exception()
            if isinstance(error, PartError):
                print(error, flush=True)
            elif error is not None:
                raise error


if __name__ == "__main__":
    main(sys.argv[1:])
