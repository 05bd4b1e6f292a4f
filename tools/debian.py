"""Install the programs that the tests need, as root on Debian, without starting their system daemons.

`./dev test` does it at its start; `python3 -m tools.debian` does it alone.
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.programs import CHROMIUM_NAMES, FIREFOX_NAMES, find

LARAVEL = "/usr/share/php/Illuminate/autoload.php"
# programs, or a file → the package that contains one of them
PACKAGES = {
    ("redis-server",): "redis-server",
    ("mariadbd", "mysqld"): "mariadb-server",
    ("clamd",): "clamav-daemon",
    ("nginx",): "nginx",
    ("curl",): "curl",
    ("jq",): "jq",
    ("openssl",): "openssl",
    CHROMIUM_NAMES: "chromium-headless-shell",
    FIREFOX_NAMES: "firefox-esr",
    ("mmdebstrap",): "mmdebstrap",
    # the frameworks of docs/grants.md that come from no registry; rails serves by Ruby's own webrick
    ("rails",): "ruby-railties",
    ("php",): "php-cli",
    (LARAVEL,): "php-laravel-framework",
}
POLICY = Path("/usr/sbin/policy-rc.d")


def is_root_on_debian() -> bool:
    """Whether apt can be used."""
    return os.geteuid() == 0 and Path("/etc/debian_version").exists() and find("apt-get") is not None


def is_installed(*names: str) -> bool:
    """Whether one of these programs or files is here."""
    return find(*names) is not None or any(Path(name).is_file() for name in names)


def install_missing() -> None:
    """Install what is missing, and nothing elsewhere. Raises CalledProcessError if apt fails."""
    if not is_root_on_debian():
        return
    packages = [package for programs, package in PACKAGES.items() if not is_installed(*programs)]
    if not packages:
        return
    print(f"installing by apt: {' '.join(packages)} …", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with _no_daemons():
        for command in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
            subprocess.run(["apt-get", "-qq", *command], env=environment, check=True, stdout=subprocess.DEVNULL)


@contextmanager
def _no_daemons() -> Iterator[None]:
    """Forbid packages to start daemons: Debian runs policy-rc.d, and 101 means no. The machine's own policy stays."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink()


if __name__ == "__main__":
    install_missing()
