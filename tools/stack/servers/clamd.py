"""ClamAV's daemon with the system's signatures, or only EICAR's if there are none."""

import socket
from collections.abc import Sequence
from pathlib import Path

from service.scanner.contents.unsearched import LEAD
from tools.programs import ROOT, find, program
from tools.stack.processes.child import Command
from tools.stack.processes.part import Part
from tools.stack.processes.ports import LOOPBACK, free_port
from tools.stack.servers.clamav_types import built_in_types

SYSTEM_SIGNATURES = Path("/var/lib/clamav")
# Settings of the service: the largest object that is scanned, in bytes. ClamAV itself ends near 2 GiB.
SCAN_MAX_SIZE = 2000 * 1024 * 1024
PATIENCE_SECONDS = 600
# ClamAV's own limit of MaxFileSize (libclamav/others.c). MaxScanSize also counts the contents of a
# file and must not be larger: clamd cuts an inner file at MaxFileSize, and reports only the other limit.
# A drawback: clamd takes random bytes for embedded files, so random data over about 1 GiB may be unscannable.
CEILING = 2**31 - 3
# clamd's own default is 120; the service waits a little longer than this for a verdict.
SCAN_SECONDS = 240
# New signatures wait for clamd's idle threads to end, and clamd does not respond meanwhile; its own default is 30.
IDLE_SECONDS = 1
# Our own signatures: they make clamd report files that it would pass without scanning them.
OWN_SIGNATURES = ROOT / "deploy" / "clamav"
OWN_TYPES = "longshore.ftm"


def eicar() -> bytes:
    """The industry's harmless test virus (EICAR), assembled here so that scanners do not report this file."""
    return b"".join((rb"X5O!P%@AP[4\PZX54(P^)7CC)7}", b"$EICAR-STANDARD-", b"ANTIVIRUS-TEST-FILE!", b"$H+H*"))


def has_system_signatures() -> bool:
    """Whether freshclam has installed signatures."""
    return any(SYSTEM_SIGNATURES.glob("*.c?d"))


class Clamd(Part):
    """A clamd on loopback that reports files beyond its limits and encrypted files instead of passing them."""

    name = "clamd"

    def __init__(
        self, data: Path, port: int | None = None, max_size: int = SCAN_MAX_SIZE, system_signatures: bool = False
    ) -> None:
        """max_size: bytes, of the largest scanned file. system_signatures: use them if they exist (slow to load)."""
        super().__init__(data)
        self.port = port or free_port()
        self.max_size = max_size
        self.system_signatures = system_signatures and has_system_signatures()
        self.folder = self.data / "clamd"

    @classmethod
    def available(cls) -> str | None:
        return None if find("clamd") else "clamd not found (on Debian: apt install clamav-daemon)"

    def ports(self) -> dict[str, int]:
        return {self.name: self.port}

    def prepare(self) -> None:
        (self.folder / "tmp").mkdir(parents=True, exist_ok=True)
        signatures = self.folder / "signatures"
        signatures.mkdir(exist_ok=True)
        (signatures / "eicar.ndb").write_text(f"Eicar-Test-Signature:0:*:{eicar().hex()}\n")
        for link in filter(Path.is_symlink, signatures.iterdir()):
            link.unlink()
        system = list(SYSTEM_SIGNATURES.glob("*.c?d")) if self.system_signatures else []
        for file in (*OWN_SIGNATURES.glob("longshore.*"), *system):
            if file.name != OWN_TYPES:
                (signatures / file.name).symlink_to(file)
        # our types need others before them; the last one that fits counts
        others = [] if any(file.stem == "daily" for file in system) else built_in_types()
        own = (OWN_SIGNATURES / OWN_TYPES).read_text()
        (signatures / OWN_TYPES).write_text("".join(f"{line}\n" for line in others) + own)
        (self.folder / "clamd.conf").write_text(self.configuration())

    def configuration(self) -> str:
        """Return the text of clamd.conf."""
        return f"""Foreground yes
LogTime yes
TCPAddr {LOOPBACK}
TCPSocket {self.port}
DatabaseDirectory {self.folder / "signatures"}
TemporaryDirectory {self.folder / "tmp"}
StreamMaxLength {self.max_size + len(LEAD)}
MaxFileSize {CEILING}
MaxScanSize {CEILING}
MaxScanTime {SCAN_SECONDS * 1000}
AlertExceedsMax yes
AlertEncrypted yes
MaxThreads 4
MaxQueue 20
ReadTimeout {PATIENCE_SECONDS}
CommandReadTimeout {PATIENCE_SECONDS}
ConcurrentDatabaseReload no
IdleTimeout {IDLE_SECONDS}
ExitOnOOM yes
"""

    def commands(self) -> Sequence[Command]:
        return [Command(self.name, [program("clamd"), "--config-file", str(self.folder / "clamd.conf")])]

    def is_ready(self) -> bool:
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=2) as connection:
                connection.sendall(b"zPING\0")
                return connection.recv(16).startswith(b"PONG")
        except OSError:
            return False

    def describe(self) -> str:
        if self.system_signatures:
            return f"clamd, {LOOPBACK}:{self.port}, signatures from {SYSTEM_SIGNATURES} (loading takes a while)"
        return f"clamd, {LOOPBACK}:{self.port}, detects only EICAR (run freshclam for real signatures)"

    def env(self) -> dict[str, str]:
        return {"CLAMD_URL": f"tcp://{LOOPBACK}:{self.port}", "SCAN_MAX_SIZE": str(self.max_size)}
