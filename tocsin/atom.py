"""The Atom feed of a subscription: what rang last, as RFC 4287 has it. Equal alerts give equal bytes."""

from collections.abc import Sequence
from datetime import UTC, datetime

from lxml import etree

from schemas import EPOCH, Subscription
from tocsin.sheets import fragment
from tocsin.tidings import Shown, about, actors, called, headline
from tocsin.wording import clean, web_link

ATOM = "http://www.w3.org/2005/Atom"

_TAG = "tag:tocsin.invalid,2024:"
"""Begins our ids (RFC 4151): under a name that nobody can own, since what follows is unique by itself."""


def feed(subscription: Subscription, shown: Sequence[Shown], *, own_url: str = "") -> bytes:
    """Write alerts as an Atom feed, what rang last first; `own_url` is where the feed is served.

    A feed of nothing was updated at the epoch: there is no clock here.
    """
    newest = sorted(shown, key=lambda each: (each.rung, each.alert.id), reverse=True)
    root = etree.Element(f"{{{ATOM}}}feed", nsmap={None: ATOM})  # type: ignore[dict-item]  # None is the default
    _add(root, "id", f"{_TAG}subscription:{subscription.id}")
    _add(root, "title", f"Tocsin: {called(subscription)}")
    _add(root, "updated", _instant(newest[0].rung if newest else EPOCH))
    _add(_add(root, "author"), "name", "Tocsin")
    if own_url:
        _add(root, "link", rel="self", type="application/atom+xml", href=own_url)
    for each in newest:
        _entry(_add(root, "entry"), each, subscription)
    return etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True)


def _entry(entry: etree._Element, shown: Shown, subscription: Subscription) -> None:
    alert = shown.alert
    _add(entry, "id", f"{_TAG}alert:{alert.id}")
    who = actors(shown)
    _add(entry, "title", f"{who}: {headline(alert)}" if who else headline(alert))
    _add(entry, "updated", _instant(shown.rung))
    if publisher := clean(alert.publisher):
        _add(_add(entry, "author"), "name", publisher)
    if url := web_link(alert.url):
        _add(entry, "link", rel="alternate", href=url)
    _add(entry, "content", fragment(tuple(about(shown, subscription))), type="html")


def _add(parent: etree._Element, name: str, text: str = "", **attributes: str) -> etree._Element:
    element = etree.SubElement(parent, f"{{{ATOM}}}{name}", attributes)
    element.text = text or None
    return element


def _instant(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
