"""Which addresses the server may connect to because somebody asked it to. Pure: no database, no settings.

A name is looked up once, every address it has is judged, and the connection goes to one of the addresses that were
judged: a name that means something else a moment later (DNS rebinding) changes nothing.
"""

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Sequence[str]]

PORTS = {"http": 80, "https": 443}
LONGEST_URL = 500
NAT64 = ip_network("64:ff9b::/96")
COMPATIBLE = ip_network("::/96")


class NotAllowed(Exception):
    """The address may not be reached; the text says why, for whoever set it."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a delivery goes. ``path`` with its query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def host_header(self) -> str:
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == PORTS[self.scheme] else f"{name}:{self.port}"


def target_of(url: str) -> Target:
    """Raises NotAllowed."""
    if len(url) > LONGEST_URL or not url.isascii() or any(one <= " " or one == "\x7f" for one in url):
        raise NotAllowed("The address is too long, or holds characters that do not belong there.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise NotAllowed("This is not an address.") from error
    if parts.scheme not in PORTS:
        raise NotAllowed("Only http and https are reached.")
    if parts.username is not None or parts.password is not None:
        raise NotAllowed("No user name and no password may stand in the address.")
    if not parts.hostname or parts.fragment or port == 0:
        raise NotAllowed("This is not an address.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, parts.hostname, port or PORTS[parts.scheme], path)


def resolve(host: str, port: int) -> list[str]:
    """By the system. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def addresses_of(target: Target, allow: Sequence[Network] = (), *, look_up: Resolve = resolve) -> list[str]:
    """The addresses to connect to. Raises NotAllowed when one of them is inside, OSError when there is none.

    All have to be allowed: a name with one good and one bad address is somebody trying.
    """
    found = look_up(target.host, target.port)
    if not found:
        raise OSError("the name has no address")
    for text in found:
        check(text, allow)
    return list(found)


def check(text: str, allow: Sequence[Network] = ()) -> None:
    """Raises NotAllowed for an address that is not on the public internet, unless ``allow`` names its network."""
    try:
        address: Address = ip_address(text.partition("%")[0])
    except ValueError as error:
        raise NotAllowed("This is not an address.") from error
    for one in meant_by(address):
        is_ours = any(one.version == network.version and one in network for network in allow)
        if not is_ours and not is_public(one):
            raise NotAllowed(
                "It is not on the public internet; HITL_WEBHOOK_ALLOW names networks of your own."
            )


def meant_by(address: Address) -> list[Address]:
    """The address, and for IPv6 the IPv4 address that it carries inside: where packets end up."""
    if isinstance(address, IPv4Address):
        return [address]
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    inside: list[Address | None] = [address.sixtofour]
    if address.teredo is not None:
        inside += list(address.teredo)
    if address in NAT64 or address in COMPATIBLE:
        inside.append(IPv4Address(int(address) & 0xFFFFFFFF))
    return [address, *(one for one in inside if one is not None)]


def is_public(address: Address) -> bool:
    return (
        address.is_global
        and not (address.is_multicast or address.is_reserved or address.is_unspecified or address.is_loopback)
        or (isinstance(address, IPv6Address) and address in NAT64)
    )
