"""c-icap with its antivirus service, which lets a clamd scan."""

import socket
from collections.abc import Sequence
from pathlib import Path

from service.scanner.contents.unsearched import LEAD
from tools.programs import find, program
from tools.stack.processes.child import Command
from tools.stack.processes.part import Part
from tools.stack.processes.ports import LOOPBACK, free_port
from tools.stack.servers.clamd import Clamd

SERVICE = "avscan"
TYPES = "TEXT DATA EXECUTABLE ARCHIVE GRAPHICS STREAM DOCUMENT"
"""All groups of types in Debian's c-icap.magic; files of others are passed without a scan."""
MODULES = sorted(Path("/usr/lib").glob("*/c_icap"))
"""Debian's folder of c-icap's modules, if it is installed."""


class CIcap(Part):
    """c-icap on loopback. It reads all types of files, up to `max_size` bytes, and sends none of them back.

    clamd: a running one.
    """

    name = "icap"

    def __init__(self, data: Path, clamd: Clamd, max_size: int = 8 * 1024 * 1024) -> None:
        super().__init__(data)
        self.clamd = clamd
        self.max_size = max_size
        self.port = free_port()

    @classmethod
    def available(cls) -> str | None:
        if find("c-icap") and any((folder / "virus_scan.so").exists() for folder in MODULES):
            return Clamd.available()
        return "no c-icap here (on Debian: apt install c-icap libc-icap-mod-virus-scan)"

    @property
    def folder(self) -> Path:
        return self.data / "icap"

    def prepare(self) -> None:
        for name in ("tmp", "logs"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        (self.folder / "c-icap.conf").write_text(self.configuration())

    def configuration(self) -> str:
        """Return the text of c-icap.conf."""
        return f"""PidFile {self.folder / "pid"}
CommandsSocket {self.folder / "ctl"}
Port {LOOPBACK}:{self.port}
StartServers 1
MaxServers 1
ThreadsPerChild 8
MinSpareThreads 1
MaxSpareThreads 8
Timeout 300
MaxKeepAliveRequests 100
KeepAliveTimeout 600
TmpDir {self.folder / "tmp"}
ServerLog {self.folder / "logs" / "server.log"}
AccessLog {self.folder / "logs" / "access.log"}
DebugLevel 1
ModulesDir {MODULES[0]}
ServicesDir {MODULES[0]}
TemplateDir /usr/share/c_icap/templates/
TemplateDefaultLanguage en
LoadMagicFile /etc/c-icap/c-icap.magic
Module common clamd_mod.so
clamd_mod.ClamdHost {LOOPBACK}
clamd_mod.ClamdPort {self.clamd.port}
Service antivirus_module virus_scan.so
ServiceAlias {SERVICE} virus_scan?allow204=on&sizelimit=on&mode=simple
virus_scan.DefaultEngine clamd
virus_scan.ScanFileTypes {TYPES}
virus_scan.SendPercentData 0
virus_scan.PassOnError off
virus_scan.MaxObjectSize {self.max_size + len(LEAD)}
"""

    def commands(self) -> Sequence[Command]:
        return [Command(self.name, [program("c-icap"), "-N", "-f", str(self.folder / "c-icap.conf")])]

    def is_ready(self) -> bool:
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=2) as connection:
                request = f"OPTIONS icap://{LOOPBACK}:{self.port}/{SERVICE} ICAP/1.0\r\nHost: {LOOPBACK}\r\n\r\n"
                connection.sendall(request.encode())
                return connection.recv(64).startswith(b"ICAP/1.0 200")
        except OSError:
            return False

    def describe(self) -> str:
        return f"c-icap, {LOOPBACK}:{self.port}, with {self.clamd.describe()}"

    def env(self) -> dict[str, str]:
        return {"ICAP_URL": f"icap://{LOOPBACK}:{self.port}/{SERVICE}", "ICAP_MAX_SIZE": str(self.max_size)}
