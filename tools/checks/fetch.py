"""Fetches what the live tests need once a machine, all at the same time; the tests wait for what is not there yet."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from tools import debian_root
from tools.stack.processes.part import PartError
from tools.stack.servers import caddy_program, mysql
from tools.stack.stores import ceph_lab

FETCHED: tuple[Callable[[], object], ...] = (
    mysql.root,
    caddy_program.caddy_path,
    lambda: ceph_lab.pristine(ceph_lab.NEW),
)


def main() -> None:
    """A failure is only printed here: the test that needs the part fails with it."""
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
