"""`longshore verify`: whether a receipt is genuine, and whether a file is the one it speaks of. Needs no service."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Sequence
from typing import Any, BinaryIO

import click

from longshore.receipts.compare import Comparison, compare
from longshore.receipts.signatures import JWKS_PATH, Jwk, ReceiptError, checked

TIMEOUT = 10
"""Seconds to wait for the service's keys."""
MAX_JSON = 8 * 1024 * 1024
"""Bytes of a receipt, or of keys; a receipt of 10,000 parts has about 4 MiB as the API answers it."""


class UnjudgedError(click.ClickException):
    """It could not be found out."""

    exit_code = 2


class RefutedError(click.ClickException):
    """It is not so."""

    exit_code = 1


@click.command()
@click.argument("receipt", type=click.File("rb"))
@click.argument("file", type=click.File("rb"), required=False)
@click.option("--keys", "keys_file", type=click.File("rb"), help="The service's public keys, a JWK Set kept as a file.")
@click.option("--url", envvar="LONGSHORE_URL", help=f"Or the service's address: they are at {JWKS_PATH} there.")
@click.option("--json", "as_json", is_flag=True, help="Print what the receipt says, as JSON.")
def verify(
    receipt: BinaryIO, file: BinaryIO | None, keys_file: BinaryIO | None, url: str | None, as_json: bool
) -> None:
    """Check RECEIPT (a receipt, or the API's answer with it; - for standard input), and FILE against it.

    Exit codes: 0 all of it holds, 1 it does not (a wrong signature, other bytes), 2 it could not be found out.
    """
    keys = _keys(keys_file, url)
    try:
        contents, key_id = checked(_receipt(receipt), keys)
    except ReceiptError as error:
        raise RefutedError(f"not genuine: {error}") from error
    if contents.get("version") != 1:
        raise UnjudgedError("the receipt is genuine, but of a newer version of Longshore than this one")
    click.echo(json.dumps(contents, ensure_ascii=False) if as_json else _in_words(contents, key_id))
    if file is not None:
        _say_comparison(compare(contents, file))


def _in_words(contents: dict[str, Any], key_id: str) -> str:
    found = f" ({contents['virus_scan_result']})" if contents["virus_scan_result"] else ""
    by = f" by {contents['scanned_with']}" if contents["scanned_with"] else ""
    parts = "not kept" if contents["parts"] is None else len(contents["parts"])
    return "\n".join(
        (
            f"genuine: signed by the key {key_id} at {contents['issued_at']}",
            f"file: {contents['filename']!r}, {contents['size']} bytes, {contents['content_type']},"
            f" id {contents['file_id']}, completed {contents['completed_at']}",
            f"parts: {parts}, checksum {contents['checksum'] or 'not known'}",
            f"verdict: {contents['virus_scan_status']}{found}{by}, {contents['virus_scan_date']}",
        )
    )


def _say_comparison(comparison: Comparison) -> None:
    if comparison.differences:
        raise RefutedError("another file: " + "; ".join(comparison.differences))
    if not comparison.compared:
        raise UnjudgedError("the size is the same, but the receipt knows no checksum by which bytes can be compared")
    click.echo(f"bytes: the same, by their number, {', '.join(comparison.compared)}", err=True)


def _receipt(file: BinaryIO) -> str:
    """The receipt itself, from a file with it or with the API's answer."""
    text = _read(file).decode("utf-8", "replace").strip()
    if not text.startswith("{"):
        return text
    try:
        found = json.loads(text)
        return str(found.get("data", found)["receipt"])
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
        raise RefutedError("not genuine: there is no receipt in it") from error


def _keys(file: BinaryIO | None, url: str | None) -> Sequence[Jwk]:
    if file is None and not url:
        raise click.UsageError("by which keys? Give --keys FILE, or --url with the service's address")
    try:
        found = json.loads(_read(file) if file else _fetch(str(url)))
        keys = [key for key in found["keys"] if isinstance(key, dict)]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise UnjudgedError(f"the keys cannot be read ({error}); they are a JWK Set") from error
    if not keys:
        raise UnjudgedError(
            "the set of keys is empty: the service has no RECEIPT_KEY, or it is not the one that signed"
        )
    return keys


def _fetch(url: str) -> bytes:
    if not url.startswith(("http://", "https://")):
        raise click.UsageError("--url is an http:// or https:// address")
    with urllib.request.urlopen(url.rstrip("/") + JWKS_PATH, timeout=TIMEOUT) as answer:  # noqa: S310 - seen to above
        return _read(answer)


def _read(file: Any) -> bytes:
    body: bytes = file.read(MAX_JSON + 1)
    if len(body) > MAX_JSON:
        raise UnjudgedError(f"over {MAX_JSON} bytes: no receipt or set of keys is that large")
    return body
