"""Where a request may go: which addresses are public, and which URLs may be asked for at all.

Pure: nothing is resolved here. A URL is judged before anything is sent, an address when it is
dialled, so that no name can be public when it is checked and private when it is used.
`ipaddress.is_global` alone is no such filter: it calls multicast, 6to4 of 127.0.0.1 and more global.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from urllib.parse import quote, urljoin

from schemas import Rejected

Address = IPv4Address | IPv6Address

AddressPolicy = Callable[[str], bool]
"""Tells of an address whether it may be dialled; `is_public` unless one is configured."""

PORTS = frozenset({80, 443, 8080, 8443})
"""Where web servers listen. On others live mail, databases and the consoles of machines."""

LONGEST = 8000
"""Octets of a URL: what RFC 9110 (4.1) asks every server to take."""

_DENIED: tuple[tuple[str, str], ...] = (
    ("0.0.0.0/8", "this network"),
    ("10.0.0.0/8", "private"),
    ("100.64.0.0/10", "shared by a carrier"),
    ("127.0.0.0/8", "loopback"),
    ("169.254.0.0/16", "link-local"),
    ("172.16.0.0/12", "private"),
    ("192.0.0.0/24", "kept for protocols"),
    ("192.0.2.0/24", "for documentation"),
    ("192.31.196.0/24", "kept for protocols"),
    ("192.52.193.0/24", "kept for protocols"),
    ("192.88.99.0/24", "a 6to4 relay"),
    ("192.168.0.0/16", "private"),
    ("192.175.48.0/24", "kept for protocols"),
    ("198.18.0.0/15", "for benchmarks"),
    ("198.51.100.0/24", "for documentation"),
    ("203.0.113.0/24", "for documentation"),
    ("224.0.0.0/4", "multicast"),
    ("240.0.0.0/4", "reserved"),
    ("::1/128", "loopback"),
    ("::/128", "unspecified"),
    ("::/96", "an IPv4 address in IPv6 form"),
    ("64:ff9b::/96", "translated to IPv4"),
    ("64:ff9b:1::/48", "translated to IPv4"),
    ("100::/64", "discarded"),
    ("2001::/32", "a Teredo tunnel"),
    ("2001::/23", "kept for protocols"),
    ("2001:db8::/32", "for documentation"),
    ("2002::/16", "a 6to4 tunnel"),
    ("2620:4f:8000::/48", "kept for protocols"),
    ("3fff::/20", "for documentation"),
    ("5f00::/16", "for segment routing"),
    ("fc00::/7", "private"),
    ("fe80::/10", "link-local"),
    ("fec0::/10", "site-local"),
    ("ff00::/8", "multicast"),
)
"""The special-purpose registries of IANA (RFC 6890 and its updates), the deprecated ones with them."""

_NETWORKS = tuple((ip_network(text), why) for text, why in _DENIED)
_V4 = tuple((each, why) for each, why in _NETWORKS if isinstance(each, IPv4Network))
_V6 = tuple((each, why) for each, why in _NETWORKS if isinstance(each, IPv6Network))
_GLOBAL_V6 = IPv6Network("2000::/3")
_NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
_COMPATIBLE = IPv6Network("::/96")
_ISATAP = (0x00005EFE, 0x02005EFE)

_SCHEME = re.compile(r"(?i)[a-z][a-z0-9+.-]*:")
_URL = re.compile(r"(?i)(https?)://([^/?#]*)([^?#]*)(\?[^#]*)?(?:#.*)?", re.DOTALL)
_CONTROLS = re.compile("[\0-\x1f\x7f-\x9f\u2028\u2029]")
_INVISIBLE = re.compile(
    "[\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_PORT = re.compile(r"[0-9]{1,5}")
_LABELS = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_LOCAL = frozenset(
    ("localhost", "localdomain", "local", "internal", "intranet", "private", "corp", "home", "lan")
)
_UNSAFE = re.compile(r"[^!#-;=?-\[\]_a-z~\\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A URL that may be asked for: `url` in ASCII without fragment, `host` in lower case."""

    url: str
    scheme: str
    host: str
    port: int
    path: str
    is_literal: bool


def is_public(address: str | Address) -> bool:
    """Tell whether an address is one that anybody on the internet may be served from."""
    return not why_not_public(address)


def why_not_public(address: str | Address) -> str:
    """Say in words why an address is not public; `''` where it is. Never raises."""
    try:
        parsed = ip_address(address) if isinstance(address, str) else address
    except ValueError:
        return "is no address"
    if isinstance(parsed, IPv4Address):
        return next((f"is {why}" for network, why in _V4 if parsed in network), "")
    if parsed.scope_id:
        return "is link-local"
    if parsed.ipv4_mapped is not None:
        return why_not_public(parsed.ipv4_mapped)
    inner = (f"is {each} in IPv6 form, which {why}" for each, why in _embedded(parsed) if why)
    return next(inner, "") or _why_not_public_v6(parsed)


def is_loopback(host: str) -> bool:
    """Tell whether a host, a name or an address, is this machine itself."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _embedded(address: IPv6Address) -> list[tuple[IPv4Address, str]]:
    """List the IPv4 addresses that an IPv6 address stands for, each with why it is not public."""
    found: list[IPv4Address] = []
    number = int(address)
    if address.sixtofour is not None:
        found.append(address.sixtofour)
    if address.teredo is not None:
        found.extend(address.teredo)
    if any(address in network for network in _NAT64) or (address in _COMPATIBLE and number > 1):
        found.append(IPv4Address(number & 0xFFFFFFFF))
    if (number >> 32) & 0xFFFFFFFF in _ISATAP:
        found.append(IPv4Address(number & 0xFFFFFFFF))
    return [(each, why_not_public(each)) for each in found]


def _why_not_public_v6(address: IPv6Address) -> str:
    why = next((why for network, why in _V6 if address in network), "")
    if why:
        return f"is {why}"
    return "" if address in _GLOBAL_V6 else "is not assigned to anybody"


def check_url(
    url: str, *, base: str = "", ports: frozenset[int] = PORTS, public_names: bool = True
) -> Target:
    """Read a URL as it will be asked for, relative to `base` if given (a redirect).

    `ports` are those allowed; none allows every port. With `public_names` the host must be a name of
    the public DNS: no address, no `localhost`, no single label. Without, addresses pass in their
    usual spelling only. Raises `Rejected`: `scheme`, `characters`, `too-long`, `credentials`, `host`,
    `address`, `local-name` or `port`.
    """
    scheme, authority, path, query = _split(url, base)
    if "@" in authority:
        raise Rejected("credentials", "the URL carries a user name or password")
    host, port = _host_and_port(authority)
    number = int(port) if port else 443 if scheme == "https" else 80
    host, is_literal = _read_host(host, public_names=public_names)
    if not 0 < number < 65536 or (ports and number not in ports):
        raise Rejected("port", f"port {number} is not allowed")
    shown = "" if number == (443 if scheme == "https" else 80) else f":{number}"
    bracketed = f"[{host}]" if ":" in host else host
    rest = _quoted(path or "/") + _quoted(query)
    whole = f"{scheme}://{bracketed}{shown}{rest}"
    if len(whole) > LONGEST:
        raise Rejected("too-long", f"the URL is longer than {LONGEST} characters")
    return Target(
        url=whole, scheme=scheme, host=host, port=number, path=rest, is_literal=is_literal
    )


def _split(url: str, base: str) -> tuple[str, str, str, str]:
    """Take a URL apart: scheme, authority, path and query. Raises `Rejected`."""
    url = url.strip(" \t\r\n")
    if len(url) > LONGEST:
        raise Rejected("too-long", f"the URL is longer than {LONGEST} characters")
    if _CONTROLS.search(url) or _SURROGATE.search(url):
        raise Rejected("characters", "the URL holds control characters")
    if "\\" in url.partition("?")[0].partition("#")[0]:
        raise Rejected("characters", "the URL holds a backslash, which programs read differently")
    if base and not _SCHEME.match(url):
        try:
            url = urljoin(base, url)
        except ValueError as error:
            raise Rejected("host", "the URL cannot be read") from error
    found = _URL.fullmatch(url)
    if found is None:
        raise Rejected("scheme", "the URL does not begin with http:// or https://")
    return found[1].lower(), found[2], found[3], found[4] or ""


def _host_and_port(authority: str) -> tuple[str, str]:
    """Take host and port apart; what is in brackets may hold colons."""
    end = authority.rfind("]") + 1 if authority.startswith("[") else 0
    host, _, port = authority[end:].partition(":")
    if port and not _PORT.fullmatch(port):
        raise Rejected("port", "the URL has a port that is no number")
    return authority[:end] + host, port


def _read_host(host: str, *, public_names: bool) -> tuple[str, bool]:
    """Bring a host into the one form in which it is used, and say whether it is an address."""
    if _INVISIBLE.search(host):
        raise Rejected("host", "the URL has a host with invisible characters")
    name = _ascii(host)
    literal = _literal(host, name)
    if literal:
        if public_names:
            raise Rejected("address", "the URL names an address instead of a site")
        return literal, True
    if not _LABELS.fullmatch(name) or len(name) > 253:
        raise Rejected("host", "the URL has no host that could be a name")
    top = name.rpartition(".")[2]
    if public_names and (top == name or top in _LOCAL or name.endswith(".home.arpa")):
        raise Rejected("local-name", "the URL names a host that is not on the internet")
    return name, False


@lru_cache(maxsize=8192)
def _ascii(host: str) -> str:
    """Write a host in lower-case ASCII as the DNS has it, without the root's dot."""
    if host.isascii():
        return host.lower().removesuffix(".")
    try:
        return host.encode("idna").decode("ascii").lower().removesuffix(".")
    except UnicodeError as error:
        raise Rejected("host", "the URL has no host that could be a name") from error


def _literal(host: str, name: str) -> str:
    """Return the address that a host is, `''` for a name. Raises `Rejected` for odd spellings.

    What ends in a number is an address to every browser and resolver (WHATWG URL, `ends in a number`),
    so `0x7f.1`, `2130706433`, `127.0.0.01` and `①②⑦.0.0.1` are addresses in disguise.
    """
    if host.startswith("["):
        try:
            return str(IPv6Address(host[1:-1])) if "%" not in host else _odd()
        except ValueError:
            return _odd()
    if not _NUMBER.fullmatch(name.rpartition(".")[2]):
        return ""
    try:
        return str(IPv4Address(name)) if host == name else _odd()
    except ValueError:
        return _odd()


def _odd() -> str:
    raise Rejected("address", "the URL names an address in an odd spelling")


def _quoted(text: str) -> str:
    """Percent-encode what may not stand in a path or query as it is; leave the rest alone."""
    return _UNSAFE.sub(lambda found: quote(found[0], safe=""), text)
