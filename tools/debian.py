"""As root on Debian: installs the programs that the tests want, without letting their system daemons start."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.programs import CHROMIUM_NAMES, FIREFOX_NAMES, find

# What is looked for, and the package that brings it.
PACKAGES = {
    ("redis-server",): "redis-server",
    ("mariadbd", "mysqld"): "mariadb-server",
    ("clamd",): "clamav-daemon",
    ("nginx",): "nginx",
    ("curl",): "curl",
    ("jq",): "jq",
    ("openssl",): "openssl",
    CHROMIUM_NAMES: "chromium",
    FIREFOX_NAMES: "firefox-esr",
    ("mmdebstrap",): "mmdebstrap",
}
POLICY = Path("/usr/sbin/policy-rc.d")


def is_root_on_debian() -> bool:
    """Whether apt may be used."""
    return os.geteuid() == 0 and Path("/etc/debian_version").exists() and find("apt-get") is not None


def install_missing() -> None:
    """Installs what is missing; CalledProcessError when apt cannot."""
    packages = [package for programs, package in PACKAGES.items() if not find(*programs)]
    if not packages:
        return
    print(f"installing by apt: {' '.join(packages)} …", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with _no_daemons():
        for command in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
            subprocess.run(["apt-get", "-qq", *command], env=environment, check=True, stdout=subprocess.DEVNULL)


@contextmanager
def _no_daemons() -> Iterator[None]:
    """Debian asks policy-rc.d whether a package may start its daemon; 101 is no. An own policy of the machine stays."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink()
