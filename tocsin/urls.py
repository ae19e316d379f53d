"""URLs: one spelling for all addresses of one page. Not a fetcher: nothing is resolved or asked.

`canonicalise` serves identity, not retrieval: what it returns may not be served by the site (a host
without its `www.`), so records keep the address as it was given beside it. Percent-encoding, dot
segments and the order of the query are w3lib's work; what a publisher adds to follow its readers,
and the twins of a page for phones and AMP, are taken off here.
"""

import re
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import parse_qsl, unquote, urlsplit

import tldextract
from w3lib.url import canonicalize_url

LONGEST = 4096
"""Characters. Longer addresses name no article: servers refuse them (RFC 9110 asks for 8,000 octets)."""

_NAMES = """
    _ga _gac _gl _hsenc _hsmi _openstat at_campaign at_campaign_type at_custom1 at_custom2 at_custom3
    at_custom4 at_link_id at_link_origin at_link_type at_medium at_ptr_name cmp cmpid cmp_id
    dclid ecid ef_id epik fbclid ftag gad_source gbraid gclid gclsrc guccounter guce_referrer
    guce_referrer_sig icid igsh igshid ito li_fat_id mc_cid mc_eid mibextid mkt_tok mkwid msclkid ncid
    ns_campaign ns_fee ns_linkname ns_mchannel ns_source oly_anon_id oly_enc_id rb_clickid s_cid
    s_kwcid smid smtyp soc_src soc_trk spm srnd taid traffic_source trk_contact trk_msg trk_module
    ttclid twclid vero_conv vero_id wickedid wbraid wt_mc wt_zmc xtcr xtor yclid ysclid usqp
"""

TRACKING = frozenset(_NAMES.split())
"""Query parameters that say where a reader came from and never which page is meant (lower case)."""

TRACKING_PREFIXES = ("utm_", "pk_", "mtm_", "piwik_", "matomo_", "hsa_", "stm_", "itm_", "wt.")

TRACKING_VALUES = {
    "amp": ("", "1", "true", "yes"),
    "outputtype": ("amp",),
    "from": ("rss", "feed"),
    "ref": ("rss", "feed"),
    "source": ("rss", "feed"),
    "src": ("rss", "feed"),
}
"""Parameters that are tracking only with these values; with others they may name a page."""

_SCHEME = re.compile(r"(?i)(https?:)?[/\\]{2,}|https?:[/\\]")
_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")
_IGNORED = re.compile("[\x00-\x1f\x7f-\x9f\u200b\u2060\ufeff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_SIMPLE = re.compile(r"(?:/[A-Za-z0-9_~-][A-Za-z0-9_.~-]*)+/?")
_INDEX = re.compile(
    r"(?i)/(?:index\.(?:x?html?|shtml|php\d?|aspx?|jsp|cfm)|default\.(?:aspx?|html?))$"
)
_AMP_END = re.compile(r"(?i)(?:/amp|\.amp)(?=\.html?$|/*$)(?:/*$)?")
_SESSION = re.compile(r"(?i);(?:jsessionid|phpsessid)=[^/?#]*")
_AMP_CACHE = re.compile(r"(?i)^/(?:[acivr]|amp|wp)/(?:s/)?(?=[^/]+\.[^/]+)")
_UNWRAPPED = {
    ("google.com", "/url"): ("url", "q"),
    ("l.facebook.com", "/l.php"): ("u",),
    ("lm.facebook.com", "/l.php"): ("u",),
}
"""Redirectors that carry the real address in a parameter."""

_PASSES = 6


def canonicalise(url: str) -> str:
    """Return the one spelling of a web address, or `''` where it is none.

    Total (never raises) and idempotent: what is returned is a fixed point, reached by applying the
    rules until nothing changes; an address that does not settle is unusable. Always `https`, without
    credentials, fragment, default port, `www.`, mobile and AMP marks, index file, trailing slash,
    session ids and tracking parameters; other parameters are kept and sorted.
    """
    for _ in range(_PASSES):
        settled = _rewrite(url)
        if settled == url or not settled:
            return settled
        url = settled
    return ""


@lru_cache(maxsize=4096)
def registered_domain(url: str) -> str:
    """Return the registrable domain of an address (`bbc.co.uk`), or its host where it has none.

    The list of public suffixes is the one inside tldextract's wheel, private suffixes included:
    two blogs of one hosting service are two sites.
    """
    return _domain_of_host(_host_of(canonicalise(url)))


def same_site(first: str, second: str) -> bool:
    """Tell whether two addresses lie under one registrable domain."""
    domain = registered_domain(first)
    return bool(domain) and domain == registered_domain(second)


def publisher_of(url: str) -> str:
    """Name the publisher of an address where none is configured: its registrable domain."""
    return registered_domain(url)


def _rewrite(url: str) -> str:
    """Apply every rule once; `''` where the address is unusable."""
    if len(url) > LONGEST:
        return ""
    address = _SURROGATE.sub("\ufffd", _IGNORED.sub("", url).strip()).replace("&amp;", "&")
    scheme = _SCHEME.match(address)
    if scheme is None:
        return ""
    try:
        parts = urlsplit("https://" + _forward_slashes(address[scheme.end() :]))
        port = parts.port
    except ValueError:
        return ""
    host = _canonical_host(parts.hostname or "")
    if not host:
        return ""
    inner = _unwrap(host, parts.path, parts.query)
    if inner:
        return _rewrite(inner) if inner != url else ""
    insecure = address[: scheme.end()].lower().startswith("http:")
    shown_port = "" if port in (None, 443, 80 if insecure else 443) else f":{port}"
    return _canonical_rest(f"https://{host}{shown_port}", parts.path, parts.query)


def _forward_slashes(rest: str) -> str:
    """Read backslashes before the query as browsers do."""
    if "\\" not in rest:
        return rest
    end = min(found for found in (rest.find("?"), rest.find("#"), len(rest)) if found >= 0)
    return rest[:end].replace("\\", "/") + rest[end:]


def _canonical_rest(origin: str, path: str, query: str) -> str:
    """Put path and query into canonical form behind an origin that is canonical already."""
    if query or not _SIMPLE.fullmatch(path):
        try:
            whole = canonicalize_url(f"{origin}{path or '/'}?{query}" if query else origin + path)
        except (ValueError, UnicodeError):
            return ""
        path, _, query = whole[len(origin) :].partition("?")
        query = _without_tracking(query)
    path = _canonical_path(path)
    return f"{origin}{path}?{query}" if query else f"{origin}{path}"


def _canonical_path(path: str) -> str:
    """Take off session, AMP marks, index file and trailing slashes; the root stays `/`."""
    if ";" in path:
        path = _SESSION.sub("", path)
    path = _INDEX.sub("/", _AMP_END.sub("", path))
    if path[:5].lower() == "/amp/" and len(path) > 5:
        path = path[4:]
    return path.rstrip("/") or "/"


def _without_tracking(query: str) -> str:
    if not query:
        return query
    return "&".join(pair for pair in query.split("&") if pair and not _is_tracking(pair))


def _is_tracking(pair: str) -> bool:
    """Tell whether `name=value` says nothing about which page is meant."""
    name, _, value = pair.lower().partition("=")
    if value in TRACKING_VALUES.get(name, ()):
        return True
    return name in TRACKING or name.startswith(TRACKING_PREFIXES)


def _unwrap(host: str, path: str, query: str) -> str:
    """Return the address inside an AMP cache or a redirector, or `''`."""
    if host.endswith((".cdn.ampproject.org", ".bing-amp.com")) or (
        host == "google.com" and path.startswith("/amp/")
    ):
        inner = _AMP_CACHE.sub("", path, count=1)
        if inner != path:
            return f"https://{unquote(inner)}" + (f"?{query}" if query else "")
    for name in _UNWRAPPED.get((host, path), ()):
        for key, value in parse_qsl(query):
            if key == name and _SCHEME.match(value):
                return value
    return ""


@lru_cache(maxsize=8192)
def _canonical_host(host: str) -> str:
    """Lower case, ASCII (IDNA), without `www.`, mobile and AMP labels; `''` where it is no host."""
    if ":" in host:
        return _address(host)
    host = unquote(host).lower().strip().rstrip(".")
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii").lower().rstrip(".")
        except UnicodeError:
            return ""
    if len(host) > 253 or not _HOST.fullmatch(host):
        return ""
    return _without_variants(host)


def _address(host: str) -> str:
    """Write an IPv6 address in its shortest form, in brackets."""
    try:
        return f"[{ip_address(host).compressed}]"
    except ValueError:
        return ""


def _without_variants(host: str) -> str:
    """Take off labels that say `for phones`, as long as they stand below the registrable domain."""
    labels = host.split(".")
    kept = len(_domain_of_host(host).split("."))
    own = labels[: len(labels) - kept]
    own = [
        label
        for place, label in enumerate(own)
        if not (label in ("m", "mobile", "amp") or (label == "www" and place == 0))
    ]
    return ".".join(own + labels[len(labels) - kept :])


def _host_of(canonical: str) -> str:
    return canonical[len("https://") :].partition("/")[0]


@lru_cache(maxsize=8192)
def _domain_of_host(host: str) -> str:
    """Return the registrable domain of a host, or the host itself (addresses, `localhost`).

    Of a top level domain that the list does not name, it is the last two labels: the list's own
    default rule.
    """
    host = host if host.startswith("[") else host.partition(":")[0]
    found = _suffixes()(host)
    if found.suffix or found.ipv4 or found.ipv6 or host.startswith("["):
        return found.top_domain_under_public_suffix or host
    return ".".join(host.split(".")[-2:])


@lru_cache(maxsize=1)
def _suffixes() -> tldextract.TLDExtract:
    """Load the list of public suffixes from the wheel: no download, nothing written."""
    return tldextract.TLDExtract(
        suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True
    )
