"""Requirements of the Ceph part, created once per machine: Debian's Ceph packages in a folder, and an unused cluster.

Both are kept in the cache folder; creating them takes about two minutes.
"""

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.cache import kept
from tools.debian_root import INSIDE, SID, inside, root_with, run
from tools.stack.keys import secret_once
from tools.stack.processes.child import Child, Command
from tools.stack.processes.part import POLL_SECONDS, PartError
from tools.stack.processes.ports import LOOPBACK, free_port

# Debian's suites with Ceph 20, and with Ceph 16, which has no checksums
NEW, OLD = SID, "bookworm"
PACKAGES = "ca-certificates,radosgw,ceph-mon,ceph-osd,ceph-common"
OSD_BYTES = 20 * 1024**3
# the gateway creates these with the first bucket and the first multipart upload, which would slow down a test
POOLS = ("default.rgw.buckets.index", "default.rgw.buckets.data", "default.rgw.buckets.non-ec")
# increase this when the cluster's creation changes, so that cached ones are not used
CLUSTER_VERSION = 1
UP_SECONDS = 60.0


def configuration(fsid: str, mon_port: int) -> str:
    """Return ceph.conf of a cluster with one monitor and one disk, on the loopback address only."""
    return f"""[global]
fsid = {fsid}
mon initial members = a
mon host = {monitor(mon_port)}
public network = 127.0.0.0/8
cluster network = 127.0.0.0/8
public addr = {LOOPBACK}
cluster addr = {LOOPBACK}
auth cluster required = none
auth service required = none
auth client required = none
ms mon client mode = crc
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
# After a kill the first write waits until the dead gateway no longer counts as listening; 30 s if not told otherwise.
osd client watch timeout = 4
objecter tick interval = 1
osd objectstore = bluestore
osd memory target = 939524096
bluestore block size = {OSD_BYTES}
bluestore block create = true
mon allow pool size one = true
mon data avail crit = 1
mon data avail warn = 1
mon data = {INSIDE}/mon
osd data = {INSIDE}/osd
rgw data = {INSIDE}/rgw
run dir = {INSIDE}/run
crash dir = {INSIDE}/run
pid file = {INSIDE}/run/$name.pid
admin socket = {INSIDE}/run/$name.socket
log file = {INSIDE}/run/$name.log
"""


def monitor(port: int) -> str:
    """Return the monitor's address in Ceph's notation; it uses `port` and the next."""
    return f"[v2:{LOOPBACK}:{port},v1:{LOOPBACK}:{port + 1}]"


def unused_cluster(suite: str) -> tuple[Path, Path]:
    """Return the root of a suite's packages and the folder of the unused cluster; create them if they do not exist."""
    root = root_with("ceph", suite, PACKAGES, ["--variant=minbase"])
    return root, kept(f"ceph-cluster-{suite}-{CLUSTER_VERSION}", lambda fresh: _make_cluster(root, fresh))


def _make_cluster(root: Path, fresh: Path) -> None:
    for name in ("mon", "osd", "rgw", "run"):
        (fresh / name).mkdir(parents=True)
    fsid, osd, port = str(uuid.uuid4()), str(uuid.uuid4()), free_port()
    (fresh / "fsid").write_text(fsid)
    (fresh / "ceph.conf").write_text(configuration(fsid, port))

    def ceph(*argv: str) -> str:
        return run(inside(root, fresh, [argv[0], "-c", f"{INSIDE}/ceph.conf", *argv[1:]]))

    run(inside(root, fresh, ["ceph-authtool", "-C", f"{INSIDE}/rgw/keyring", "--gen-key", "-n", "client.rgw.a"]))
    write_monmap(root, fresh, fsid, port)
    ceph("ceph-mon", "--mkfs", "-i", "a", "--monmap", f"{INSIDE}/monmap")
    with _running(root, fresh, "ceph-mon", "a"):
        ceph("ceph", "osd", "new", osd)
        ceph("ceph", "osd", "crush", "add", "osd.0", "1", "root=default", "host=here")
        ceph("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", osd)
        with _running(root, fresh, "ceph-osd", "0"):
            _wait_for_disk(ceph)
            user = ["--uid=longshore", "--display-name=longshore"]
            keys = [f"--access-key={secret_once(fresh / 'user', 9)}", f"--secret-key={secret_once(fresh / 'secret')}"]
            ceph("radosgw-admin", "user", "create", *user, *keys)
            for pool in POOLS:
                ceph("ceph", "osd", "pool", "create", pool)
                ceph("ceph", "osd", "pool", "application", "enable", pool, "rgw")


def write_monmap(root: Path, folder: Path, fsid: str, port: int) -> None:
    """Write `monmap`: the address of the only monitor."""
    target = f"{INSIDE}/monmap"
    run(
        inside(
            root, folder, ["monmaptool", "--create", "--clobber", "--fsid", fsid, "--addv", "a", monitor(port), target]
        )
    )


def inject_monmap(root: Path, folder: Path) -> None:
    """Set the address of a stopped monitor."""
    argv = ["ceph-mon", "-c", f"{INSIDE}/ceph.conf", "-i", "a", "--inject-monmap", f"{INSIDE}/monmap"]
    run(inside(root, folder, argv))


@contextmanager
def _running(root: Path, folder: Path, daemon: str, identity: str) -> Iterator[None]:
    argv = [daemon, "-c", f"{INSIDE}/ceph.conf", "-i", identity, "-f"]
    child = Child(Command(daemon, inside(root, folder, argv)), folder / "run")
    try:
        yield
    finally:
        child.terminate()
        child.wait(UP_SECONDS)


def _wait_for_disk(ceph: Callable[..., str]) -> None:
    deadline = time.monotonic() + UP_SECONDS
    while "1 up" not in ceph("ceph", "osd", "stat"):
        if time.monotonic() > deadline:
            raise PartError("Ceph's disk did not start")
        time.sleep(POLL_SECONDS)
