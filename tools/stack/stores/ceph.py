"""Ceph with its S3 gateway, for the live tests: one monitor, one disk in a file. Requires root on Debian."""

import secrets
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tools.debian_root import INSIDE, inside, installed_version, unavailable
from tools.stack.processes.child import Command
from tools.stack.processes.part import Part
from tools.stack.processes.ports import LOOPBACK, free_port, http_status
from tools.stack.stores.ceph_lab import NEW, OLD, configuration, inject_monmap, unused_cluster, write_monmap

REGION = "us-east-1"


class Ceph(Part):
    """A cluster with one user, copied from the unused one."""

    name = "ceph"
    suite = NEW
    ready_seconds = 120.0
    # the gateway waits for its clients' idle connections, a test does not
    stop_seconds = 5.0

    def __init__(self, data: Path, port: int | None = None) -> None:
        """port: the gateway's; the monitor and the disk take free ones."""
        super().__init__(data)
        self.port = port or free_port()
        self.folder = self.data / "ceph"
        self._root = Path()

    @classmethod
    def available(cls) -> str | None:
        return unavailable()

    def ports(self) -> dict[str, int]:
        return {self.name: self.port}

    def prepare(self) -> None:
        self._root, unused = unused_cluster(self.suite)
        if self.folder.exists():
            return
        # Ceph's disk is a sparse file; shutil would fill it
        fresh = self.folder.with_suffix(".new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cp", "--archive", "--sparse=always", str(unused), str(fresh)], check=True)
        fsid, mon_port = (fresh / "fsid").read_text(), free_port()
        (fresh / "ceph.conf").write_text(configuration(fsid, mon_port))
        write_monmap(self._root, fresh, fsid, mon_port)
        inject_monmap(self._root, fresh)
        fresh.rename(self.folder)

    def commands(self) -> Sequence[Command]:
        frontend = f"--rgw-frontends=beast endpoint={LOOPBACK}:{self.port}"
        daemons = {
            "ceph-mon": ["ceph-mon", "-i", "a"],
            "ceph-osd": ["ceph-osd", "-i", "0"],
            "ceph-rgw": ["radosgw", "-n", "client.rgw.a", frontend],
        }
        return [
            Command(label, inside(self._root, self.folder, [*argv, "-c", f"{INSIDE}/ceph.conf", "-f"]))
            for label, argv in daemons.items()
        ]

    def is_ready(self) -> bool:
        return http_status(self.port, "/") in (200, 403)

    def make_user(self, uid: str, *options: str) -> tuple[str, str]:
        """Create a user of the running gateway and return its access key and secret; options: radosgw-admin's."""
        key = secrets.token_hex(9), secrets.token_hex(20)
        named = [f"--uid={uid}", f"--display-name={uid}", f"--access-key={key[0]}", f"--secret-key={key[1]}"]
        argv = ["radosgw-admin", "-c", f"{INSIDE}/ceph.conf", "user", "create", *named, *options]
        subprocess.run(inside(self._root, self.folder, argv), check=True, capture_output=True)
        return key

    def version(self) -> str:
        """The gateway's version in Debian; available after `prepare`."""
        return installed_version(self._root, "radosgw")

    def describe(self) -> str:
        return f"Ceph with its S3 gateway, {LOOPBACK}:{self.port}"

    def env(self) -> dict[str, str]:
        return {
            "S3_ENDPOINT_URL": f"http://{LOOPBACK}:{self.port}",
            "S3_REGION": REGION,
            "S3_ACCESS_KEY": (self.folder / "user").read_text().strip(),
            "S3_SECRET_KEY": (self.folder / "secret").read_text().strip(),
        }


class OldCeph(Ceph):
    """Ceph 16, which is still widely used."""

    name = "ceph16"
    suite = OLD
