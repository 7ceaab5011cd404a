"""Who asks, by address: how often each may, and by which names this server lets itself be called."""

import math
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Collection
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from core.api.errors import refusal

_MOST_ADDRESSES: Final = 10_000
_BURST_SECONDS: Final = 2.0
_HOST = re.compile(r"[A-Za-z0-9._-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?")
_ONE_SITE: Final = 64
"""Bits of an IPv6 address that name a site: the others are anybody’s in it to choose."""

ADDRESS: Final = "digitlab.address"
"""Where a request’s scope says whose allowance it counts against; nothing there if nobody’s."""


class Allowance:
    """So many requests a second for each address, and twice as many at once (a token bucket).

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
    """Middleware: lets nobody in too often, and answers to no name that some other site may have given this machine.

    Whoever comes from this machine itself may ask as often as it likes. If it is a proxy, and says for whom it asks,
    the last address that it names counts; from other machines that is not believed.

    A page elsewhere can have its own name lead to this machine and so read what only this machine’s users should (DNS
    rebinding): to its own machine the server answers as localhost, by number, and by the names that it was given.

    Parameters
    ----------
    allowance
        What each address may ask.
    hosts
        Names by which a proxy on this machine may call the server; ``*`` for any.
    """

    def __init__(self, app: ASGIApp, allowance: Allowance, hosts: Collection[str]) -> None:
        self.app, self._allowance, self._hosts = app, allowance, frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what may come in."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        client = (scope.get("client") or ("",))[0]
        headers = Headers(scope=scope)
        if is_here(client):
            host = headers.get("host", "")
            if not is_known_name(host, self._hosts):
                name = host[:100] if host.isprintable() else "…"
                sentence = f"“{name}” is not a name of this server: DIGITLAB_API_HOSTS takes the names that are."
                await refusal(403, sentence)(scope, receive, send)
                return
            client = headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
        if not is_here(client):
            scope[ADDRESS] = site_of(client)
            if seconds := self._allowance.take(scope[ADDRESS]):
                sentence = "That is too often from one address: wait a moment, or send many images in one request."
                await refusal(429, sentence, {"Retry-After": str(math.ceil(seconds))})(scope, receive, send)
                return
        await self.app(scope, receive, send)


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


@lru_cache(maxsize=1_000)
def is_known_name(host: str, names: frozenset[str]) -> bool:
    """Whether the Host of a request is this machine as its own user calls it, or one of these names."""
    name = urlsplit(f"//{host}").hostname or "" if _HOST.fullmatch(host) else ""
    return bool({"*", name} & names) or name == "localhost" or name.endswith(".localhost") or _address(name) is not None


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    # A socket that takes both kinds writes the older ones like this.
    return getattr(address, "ipv4_mapped", None) or address
