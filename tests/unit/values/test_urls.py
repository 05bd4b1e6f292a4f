"""URLs and hosts as HTTP clients send them."""

from __future__ import annotations

import pytest

from service.values.formats.urls import as_sent, host_of, origin_of


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("https://Storage.Example/A/b?C", "https://storage.example/A/b?C"),
        ("HTTPS://Bücher.Example:9000", "https://xn--bcher-kva.example:9000"),
        ("http://[2001:DB8::1]:9000/x", "http://[2001:db8::1]:9000/x"),
        ("http://User:Pass@Host", "http://User:Pass@host"),
        ("http://日本語。jp", "http://xn--wgv71a119e.jp"),
    ],
)
def test_a_host_is_sent_in_lower_case_and_ascii(written: str, sent: str) -> None:
    assert as_sent(written) == sent == as_sent(sent)


@pytest.mark.parametrize("url", ["http://h:99999", "http://straße.example", f"http://{'ü' * 64}.example", "http://h:x"])
def test_an_invalid_host_or_port_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        as_sent(url)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://App.Example:443/page", "https://app.example"),
        ("http://app.example:80", "http://app.example"),
        ("http://app.example:443", "http://app.example:443"),
        ("capacitor://localhost", "capacitor://localhost"),
    ],
)
def test_an_origin_has_no_path_and_no_default_port(url: str, origin: str) -> None:
    assert origin_of(url) == origin


@pytest.mark.parametrize(
    ("authority", "host"), [("A.example:80", "a.example"), ("[::1]:80", "::1"), ("a.", "a"), ("", ""), ("[::1", "")]
)
def test_a_host_is_read_from_an_authority(authority: str, host: str) -> None:
    assert host_of(authority) == host
