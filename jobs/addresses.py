"""Who is really asking: the address of the client behind our own proxy, read in one place for pages and sockets."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

#: Names a peer that has no address because it came through a Unix socket, which only the proxy may open.
UNIX = "unix"
Network = IPv4Network | IPv6Network


def client_address(peer: str | None, forwarded: Iterable[str], trusted: Iterable[str]) -> str:
    """The right-most address nobody vouches for: the client, or the first stranger on the way to it.

    ``peer`` is the address at the other end of the connection, empty or None for a Unix socket; ``forwarded`` the
    values of all ``X-Forwarded-For`` headers in their order; ``trusted`` addresses, networks or ``unix``
    (``settings.TRUSTED_PROXIES``). What a peer outside ``trusted`` claims is not read at all, and neither is
    anything to the left of something that is not an address. Without any believable address the answer is the peer.
    """
    networks = tuple(trusted)
    address = _plain(peer or "") or (peer or "")
    if not is_trusted(address, networks):
        return address
    hops = [hop.strip() for value in forwarded for hop in value.split(",")]
    for hop in reversed(hops):
        plain = _plain(hop)
        if not plain:
            break
        address = plain
        if not is_trusted(address, networks):
            break
    return address


def is_trusted(peer: str | None, trusted: Iterable[str]) -> bool:
    """Whether this peer may say on whose behalf it asks. Raises ValueError for an entry that is no network."""
    if not peer:
        return UNIX in trusted
    plain = _plain(peer)
    return bool(plain) and any(ip_address(plain) in network for network in _networks(trusted))


def _networks(trusted: Iterable[str]) -> list[Network]:
    return [ip_network(entry, strict=False) for entry in trusted if entry != UNIX]


def _plain(text: str) -> str:
    """The address in its shortest form, without port, brackets or the IPv4-in-IPv6 wrapping; "" if it is none."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return ""
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or IPv6Address(int(address)))
    return str(address)
