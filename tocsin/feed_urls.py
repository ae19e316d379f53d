"""Addresses of feeds as people write them: cleaned for polling, and compared. Nothing is asked."""

import re
from urllib.parse import urlsplit, urlunsplit

LONGEST = 2048
"""Characters of an address; the store indexes no longer one."""

_FEED_SCHEME = re.compile(r"(?i)^(?:feed|rss|itpc|pcast|podcast):(?=/*)(?://)?")
_SCHEME = re.compile(r"(?i)^[a-z][a-z0-9+.-]*:")
_HOST_FIRST = re.compile(r"^[\w-]+(\.[\w-]+)+(:\d+)?([/?#]|$)")
_UNSEEN = re.compile("[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202e\u2060\ufeff]+")
_SURROGATE = re.compile("[\ud800-\udfff]")


def clean_feed_url(given: str) -> str:
    """Return the http or https address that was meant, or `''` where it is none.

    Spaces around it, `feed:` before it and a fragment behind it go; a host alone gets `https://`.
    The rest stays as it is written: a server may tell `/Feed` from `/feed/`.
    """
    url = _SURROGATE.sub("", given).strip()
    if url[:1] + url[-1:] in ("<>", '""', "''"):
        url = url[1:-1]
    url = _UNSEEN.sub("", _FEED_SCHEME.sub("", url, count=1))
    if url.startswith("//") or (_HOST_FIRST.match(url) and not _is_other(url)):
        url = "https://" + url.lstrip("/")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return ""
    if parts.scheme.lower() not in ("http", "https") or not host or len(url) > LONGEST:
        return ""
    credentials, at, name = parts.netloc.rpartition("@")
    netloc = f"{credentials}{at}{name.lower()}"
    return urlunsplit((parts.scheme.lower(), netloc, parts.path or "/", parts.query, ""))


def same_feed_key(url: str) -> str:
    """Return what addresses have in common that are surely one feed: http or https, default port."""
    parts = urlsplit(clean_feed_url(url))
    host = parts.netloc.removesuffix(":443" if parts.scheme == "https" else ":80")
    return urlunsplit(("", host, parts.path, parts.query, "")) if host else url


def without_secrets(url: str) -> str:
    """Return an address as it may be logged: without user name, password, query and fragment."""
    scheme, slashes, rest = url.partition("?")[0].partition("#")[0].partition("://")
    authority, slash, path = rest.partition("/")
    return f"{scheme}{slashes}{authority.rpartition('@')[2]}{slash}{path}"


def _is_other(url: str) -> bool:
    """Tell whether an address has a scheme: `localhost:80/` has not, though it looks like it."""
    scheme = _SCHEME.match(url)
    return scheme is not None and not re.match(r"\d+([/?#]|$)", url[scheme.end() :])
