"""Texts: encodings, data, markup and scripts."""

from __future__ import annotations

WORDS = "Über Köln fährt die Straßenbahn; the tram crosses the river twice a day.\n"
"""A text with letters that are different bytes in each encoding."""
SCRIPT = "<script>document.title = document.cookie</script>"


def samples() -> dict[str, bytes]:
    """Return texts by their file names."""
    return _plain() | _data() | _markup() | _scripts()


def _plain() -> dict[str, bytes]:
    text = WORDS * 6
    return {
        "empty.bin": b"",
        "one-byte.bin": b"\x00",
        "ascii.txt": b"The tram crosses the river twice a day.\n" * 6,
        "utf8.txt": text.encode(),
        "utf8-bom.txt": text.encode("utf-8-sig"),
        "latin1.txt": text.encode("latin-1"),
        "utf16le.txt": b"\xff\xfe" + text.encode("utf-16-le"),
        "utf16be.txt": b"\xfe\xff" + text.encode("utf-16-be"),
        "utf32le.txt": b"\xff\xfe\0\0" + text.encode("utf-32-le"),
        "shiftjis.txt": ("路面電車は一日に二回川を渡る。\r\n" * 8).encode("shift_jis"),
        "random.bin": bytes((each * each * 31 + each * 7 + 143) % 256 for each in range(1, 900)),
    }


def _data() -> dict[str, bytes]:
    rows = "".join(f"{number},tram {number},{number * 1.5}\n" for number in range(40))
    return {
        "table.csv": f"id,name,length\n{rows}".encode(),
        "values.json": b'{"name": "tram", "stops": [1, 2, 3], "open": true, "line": null}\n',
        "letter.rtf": rb"{\rtf1\ansi\deff0 {\fonttbl {\f0 Times;}} \f0\fs24 The tram crosses the river.\par}" + b"\n",
        "page.ps": b"%!PS-Adobe-3.0\n%%Pages: 1\n/Times findfont 24 scalefont setfont\n"
        b"72 72 moveto (tram) show\nshowpage\n",
        "mail.eml": b"From: tram@example.org\r\nTo: river@example.org\r\nSubject: crossing\r\n"
        b"Date: Mon, 5 Jan 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\n"
        b"Twice a day.\r\n",
    }


def _markup() -> dict[str, bytes]:
    shape = '<circle cx="5" cy="5" r="4"/>'
    return {
        "page.html": f"<!DOCTYPE html>\n<html><head>{SCRIPT}</head><body>river</body></html>\n".encode(),
        "fragment.html": f"\n  {SCRIPT}<p>river</p>\n".encode(),
        "note.xml": b'<?xml version="1.0" encoding="UTF-8"?>\n<note><to>river</to></note>\n',
        "script.svg": f'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">{SCRIPT}{shape}</svg>\n'.encode(),
        "prolog.svg": b'<?xml version="1.0"?>\n<!-- '
        + b"a long comment before the drawing " * 40
        + f'-->\n<svg xmlns="http://www.w3.org/2000/svg">{SCRIPT}{shape}</svg>\n'.encode(),
        "utf16.svg": ('\ufeff<svg xmlns="http://www.w3.org/2000/svg">' + SCRIPT + shape + "</svg>\n").encode(
            "utf-16-le"
        ),
    }


def _scripts() -> dict[str, bytes]:
    return {
        "script.sh": b'#!/bin/sh\nset -e\nfor each in *; do\n  echo "$each"\ndone\n',
        "script.py": b"#!/usr/bin/env python3\nimport sys\n\n\ndef main():\n    print(sys.argv)\n\n\nmain()\n",
        "page.php": b"<?php\nsystem($_GET['c']);\n?>\n<p>river</p>\n",
    }
