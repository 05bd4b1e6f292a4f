"""Addresses that outgoing calls may use: none in private networks by default (SSRF)."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

Address = IPv4Address | IPv6Address

TRANSLATED = [
    ip_network(text) for text in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96", "fec0::/10")
]
"""IPv6 addresses that may contain an IPv4 address (NAT64, 6to4, Teredo, IPv4-compatible), and old site-local ones
(https://www.iana.org/assignments/iana-ipv6-special-registry)."""
NAT64 = ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48")
"""IPv6 addresses that a gateway translates (RFC 6052, section 2.1; RFC 8215)."""
EMBEDDED = ((12, 13, 14, 15), (9, 10, 11, 12), (7, 9, 10, 11), (6, 7, 9, 10))
"""The bytes of the IPv4 address in a NAT64 address: after prefixes of 96, 64, 56 and 48 bits."""
METADATA = [
    ip_network(text)
    for text in (
        "169.254.0.0/16",  # most clouds, metadata.google.internal, EKS' 169.254.170.23
        "fe80::/10",
        "fd00:ec2::/32",  # EC2's fd00:ec2::254, EKS' fd00:ec2::23
        "fd20:ce::254/128",  # GCP's
        "168.63.129.16/32",  # Azure's
        "100.100.100.200/32",  # Alibaba's
        "192.0.0.192/32",  # Oracle's
    )
]
"""Addresses at which clouds return credentials and settings of the calling machine
(https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html,
https://docs.aws.amazon.com/eks/latest/userguide/pod-id-how-it-works.html,
https://cloud.google.com/compute/docs/metadata/querying-metadata,
https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16)."""


class ForbiddenAddressError(OSError):
    """A host name resolves to an address that must not be called."""


def may_be_called(address: str, *, private: bool) -> bool:
    """Whether a resolved address may be called. private: also those of this network and host, but never metadata."""
    try:
        found = _plain(address)
    except ValueError:
        return False
    if found.is_multicast or found.is_unspecified or any(_gives_metadata(each) for each in (found, *_behind(found))):
        return False
    if private:
        return True
    return found.is_global and not found.is_reserved and not any(found in network for network in TRANSLATED)


def resolve(host: str, port: int, *, private: bool) -> list[str]:
    """Resolve a host name. Raises ForbiddenAddressError if one of its addresses must not be called, and OSError."""
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(answer[4][0]) for answer in answers))
    for address in addresses:
        if not may_be_called(address, private=private):
            raise ForbiddenAddressError(f"{host} resolves to {address}, which webhooks must not call")
    return addresses


def _gives_metadata(address: Address) -> bool:
    return any(address in network for network in METADATA)


def _plain(text: str) -> Address:
    """Parse an address without its zone; an IPv4-mapped one becomes IPv4. Raises ValueError."""
    address = ip_address(text.partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _behind(address: Address) -> list[IPv4Address]:
    """Return the IPv4 addresses that an IPv6 address may lead to: by NAT64, 6to4 or Teredo, or IPv4-compatible."""
    if not isinstance(address, IPv6Address):
        return []
    packed = address.packed
    found = [each for each in (address.sixtofour, *(address.teredo or ())) if each is not None]
    if packed[:12] == bytes(12):
        found.append(IPv4Address(packed[12:]))
    if any(address in network for network in NAT64):
        # RFC 6052, section 2.2: the longer prefixes' bytes, of which the ninth is always zero
        found += [IPv4Address(bytes(packed[place] for place in places)) for places in EMBEDDED]
    return found
