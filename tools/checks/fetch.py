"""Download in parallel what the live tests need once per machine; the tests wait for what is still missing."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from tools import debian_root
from tools.docs.generated import clients
from tools.release import projects
from tools.stack.processes.part import PartError
from tools.stack.servers import caddy_program, mysql
from tools.stack.stores import ceph_lab

FETCHED: tuple[Callable[[], object], ...] = (
    mysql.root,
    caddy_program.caddy_path,
    lambda: ceph_lab.unused_cluster(ceph_lab.NEW),
    clients.environment,
    projects.installed,
)


def main() -> None:
    """Print failures only: the test that needs the part fails with the same error."""
    if debian_root.unavailable() is not None:
        return
    with ThreadPoolExecutor(len(FETCHED)) as pool:
        for fetched in [pool.submit(fetch) for fetch in FETCHED]:
            error = fetched.exception()
            if isinstance(error, PartError):
                print(error, flush=True)
            elif error is not None:
                raise error


if __name__ == "__main__":
    main()
