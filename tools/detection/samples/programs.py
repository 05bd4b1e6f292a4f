"""Programs of one function of our own, by the compiler in the ziglang wheel, which writes them for all systems."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

CODE = "int start(void) { return 7; }\n"
COMMON = ("-nostdlib", "-ffreestanding", "-Os", "-s")
OPTIONS = {
    "program.elf": ("-target", "x86_64-linux-none", *COMMON, "-Wl,-e,start"),
    "library.so": ("-target", "aarch64-linux-none", *COMMON, "-shared"),
    "program.exe": ("-target", "x86_64-windows-gnu", *COMMON, "-Wl,-e,start"),
    "program.wasm": ("-target", "wasm32-freestanding", *COMMON, "-Wl,--no-entry", "-Wl,--export=start"),
}


def samples() -> dict[str, bytes]:
    """Return programs by their file names. Raises CalledProcessError."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "code.c")
        source.write_text(CODE)
        for name, options in OPTIONS.items():
            path = Path(folder, name)
            _compile(*options, str(source), "-o", str(path))
            found[name] = path.read_bytes()
        path = Path(folder, "program.o")
        _compile("-target", "aarch64-macos", "-c", "-Os", str(source), "-o", str(path))
        found["program.macho"] = path.read_bytes()
    return found | {"Tram.class": _java_class(), "old.com": b"\xe9\x03\x00" + b"\x90" * 3 + b"\xb8\x00\x4c\xcd\x21" * 4}


def _compile(*options: str) -> None:
    subprocess.run([sys.executable, "-m", "ziglang", "cc", *options], check=True)


def _java_class() -> bytes:
    """Return an empty class of Java 8 (https://docs.oracle.com/javase/specs/jvms/se8/html/jvms-4.html)."""
    constants = b"".join(b"\x01" + len(name).to_bytes(2, "big") + name for name in (b"Tram", b"java/lang/Object"))
    constants += b"\x07\0\x01\x07\0\x02"
    return b"\xca\xfe\xba\xbe\0\0\0\x34\0\x05" + constants + b"\0\x21\0\x03\0\x04" + b"\0\0" * 4
