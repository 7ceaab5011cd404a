"""Who asks, by address, and how often each may."""

import math
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Collection
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from core.api.errors import refusal
from core.api.headers import headers_of
from core.api.hosts import HEALTH, is_of_this_machine, is_probe, shown

_MOST_ADDRESSES: Final = 10_000
_BURST_SECONDS: Final = 2.0
_PORT = re.compile(r":[0-9]*$")
_ONE_SITE: Final = 64
"""Bits of an IPv6 address that name a site: the others are anybody’s in it to choose."""

ADDRESS: Final = "digitlab.address"
"""Where a request’s scope says whose allowance it counts against; nothing there if nobody’s."""


class Allowance:
    """A number of requests a second for each address, and twice as many at once (a token bucket).

    Parameters
    ----------
    rate
        Requests a second.
    most_addresses
        That are remembered: of more, those who have not asked for the longest time begin again.
    clock
        Seconds.
    """

    def __init__(
        self, rate: float, most_addresses: int = _MOST_ADDRESSES, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate, self._most, self._clock = rate, most_addresses, clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, address: str) -> float:
        """Take one request; the seconds until the address may ask again, 0 where it may now."""
        left = self._filled(address)
        is_allowed = left >= 1.0
        self._keep(address, left - 1.0 if is_allowed else left)
        return 0.0 if is_allowed else (1.0 - left) / self._rate

    def charge(self, address: str, requests: float) -> None:
        """Take more for a request that was allowed and is a lot of work; it may leave a debt."""
        self._keep(address, self._filled(address) - requests)

    def _filled(self, address: str) -> float:
        most = self._rate * _BURST_SECONDS
        left, seen = self._left.get(address, (most, 0.0))
        return min(most, left + (self._clock() - seen) * self._rate)

    def _keep(self, address: str, left: float) -> None:
        self._left[address] = (left, self._clock())
        self._left.move_to_end(address)
        if len(self._left) > self._most:
            self._left.popitem(last=False)


class Door:
    """Middleware: lets nobody in too often, nor under a name that a page elsewhere may have given this machine.

    Whether the server answers may be asked under any name.

    Clients on this machine may ask as often as they like. If one is a proxy and says for whom it asks, the last address
    that it names counts; from other machines that is not trusted.

    Parameters
    ----------
    allowance
        What each address may ask.
    free
        Last parts of paths that are not counted: a class behind one address opens a page all at once.
    hosts
        Names by which a proxy on this machine calls the server, which answers to no others but its own; None where any
        will do, or somebody else looks at them.
    """

    def __init__(
        self, app: ASGIApp, allowance: Allowance, free: Collection[str], hosts: Collection[str] | None = None
    ) -> None:
        self.app, self._allowance, self._free, self._hosts = app, allowance, frozenset(free), hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what may come in."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = headers_of(scope)
        host = headers.get("host", "")
        if not (self._answers_to(host) or is_probe(scope, scope.get("root_path", "") + HEALTH)):
            sentence = f"This server does not answer to “{shown(host)}”: start it with --allow-host and the name."
            await refusal(421, sentence)(scope, receive, send)
            return
        client = (scope.get("client") or ("",))[0]
        if is_here(client):
            client = headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
        if not is_here(client) and scope["path"].rpartition("/")[2] not in self._free:
            scope[ADDRESS] = site_of(client)
            if seconds := self._allowance.take(scope[ADDRESS]):
                sentence = "Too many requests from one address: wait a moment, or send many images in one request."
                await refusal(429, sentence, {"Retry-After": str(math.ceil(seconds))})(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def _answers_to(self, host: str) -> bool:
        name = host.rpartition(":")[0] if _PORT.search(host) else host
        return self._hosts is None or name.lower() in self._hosts or is_of_this_machine(host)


@lru_cache(maxsize=1_000)
def is_here(host: str) -> bool:
    """Whether an address is this machine’s own; so is none at all, as of a socket in the file system."""
    address = _address(host)
    return not host or (address is not None and address.is_loopback)


@lru_cache(maxsize=1_000)
def site_of(host: str) -> str:
    """What is counted as one: an IPv4 address, the network of a site in IPv6."""
    address = _address(host)
    if isinstance(address, IPv6Address):
        return str(ip_network((address, _ONE_SITE), strict=False))
    return host[:100] if address is None else str(address)


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    # A socket that takes both kinds writes the older ones like this.
    return getattr(address, "ipv4_mapped", None) or address
