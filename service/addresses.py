"""Which addresses the service may call on somebody's behalf: none inside of networks that only we can reach (SSRF)."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

Address = IPv4Address | IPv6Address

TRANSLATED = [
    ip_network(text) for text in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96", "fec0::/10")
]
"""IPv6 that may stand for an IPv4 address behind it (NAT64, 6to4, Teredo, IPv4-compatible), and old site-local ones
(https://www.iana.org/assignments/iana-ipv6-special-registry)."""
METADATA = frozenset({ip_address("fd00:ec2::254"), ip_address("100.100.100.200"), ip_address("192.0.0.192")})
"""Clouds' own services that give out credentials, where they are not link-local (169.254.169.254 is)."""


def may_be_called(address: str, *, private: bool) -> bool:
    """Whether a resolved address may be called. private: those of the own network and host too, but never metadata."""
    try:
        found = _plain(ip_address(address))
    except ValueError:
        return False
    if found.is_link_local or found.is_multicast or found.is_unspecified or found in METADATA:
        return False
    if private:
        return True
    return found.is_global and not found.is_reserved and not any(found in network for network in TRANSLATED)


def _plain(address: Address) -> Address:
    """What an IPv4-mapped IPv6 address really is."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
