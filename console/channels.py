"""The channels in force: those of the file that the settings name, with what the environment adds to them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path

from connectors.delivery.letters import address
from console.rules import read_text
from console.settings import Settings
from pipelines.secrets import content_of
from schemas import Channel, ChannelKind, InvalidSetting
from tocsin import channels

PREFIX = "TOCSIN_CHANNEL_"
"""What the variables of channels begin with; the id in capitals, and what is set, follow."""

MAKE_ONE = "`tocsin channels secret` prints a new one"

_SET = {"TO": "to", "SECRET": "secret", "OLD_SECRET": "old_secret"}
_FILE = "_FILE"


def load_channels(settings: Settings, environ: Mapping[str, str]) -> dict[str, Channel]:
    """Read the channels, by id, each with its target and its secrets.

    Raises `InvalidSetting` with a line for every fault: `file:line: message`, or with the variable
    that is wrong or missing. What variables hold is never repeated.
    """
    written, file = written_channels(settings), settings.delivery.channels
    faults = [*_shared(written), *_unknown(written, environ)] if written else []
    found: dict[str, Channel] = {}
    if not faults:
        for each in written:
            found[each.id], said = _completed(each, environ)
            faults += said or _faults(found[each.id], each, settings)
        faults += _same_targets(found)
    if any(each.kind is ChannelKind.EMAIL for each in written) and not settings.mail.host:
        faults.append(f"{file}: there are channels of mail, and [mail] host is not set")
    if faults:
        raise InvalidSetting("\n".join(faults))
    return found


def written_channels(settings: Settings) -> tuple[Channel, ...]:
    """Read the file of channels alone: what there is, without secrets. Raises `InvalidSetting`."""
    file = settings.delivery.channels
    if not file:
        return ()

    def fault(kind: ChannelKind, to: str) -> str:
        return target_fault(kind, to, settings)

    return channels.parse(read_text(Path(file)), file=file, target_fault=fault)


def target_fault(kind: ChannelKind, to: str, settings: Settings) -> str:
    """Say what is wrong with the target of a channel; empty where nothing is."""
    if kind is ChannelKind.EMAIL:
        return "" if address(to) else "to must be a mail address, as in desk@example.org"
    return channels.url_fault(kind, to, allow_private=settings.delivery.allow_private)


def variable_of(channel: str, name: str) -> str:
    """Name the variable that sets something of a channel."""
    return f"{PREFIX}{channel.upper().replace('-', '_')}_{name}"


def _completed(channel: Channel, environ: Mapping[str, str]) -> tuple[Channel, list[str]]:
    """Add what the environment says of a channel; and what is wrong with that."""
    given: dict[str, str] = {}
    faults = []
    for name, field in _SET.items():
        variable = variable_of(channel.id, name)
        try:
            given[field] = _value(variable, environ)
        except InvalidSetting as error:
            faults.append(str(error))
    if given.get("to") and channel.to:
        faults.append(
            f"{variable_of(channel.id, 'TO')}: `to` stands in the file, too; only one may"
        )
    completed = replace(
        channel,
        to=given.get("to") or channel.to,
        secret=given.get("secret", ""),
        old_secret=given.get("old_secret", ""),
    )
    return completed, faults


def _value(variable: str, environ: Mapping[str, str]) -> str:
    """Read a variable, or the file that its `_FILE` names; empty where there is neither."""
    path = environ.get(variable + _FILE, "")
    if not path:
        return environ.get(variable, "")
    if environ.get(variable):
        raise InvalidSetting(f"{variable}{_FILE}: {variable} is set, too; only one may be")
    return content_of(variable + _FILE, path)


def _faults(channel: Channel, written: Channel, settings: Settings) -> Iterator[str]:
    """Find what a channel lacks, and what of the environment is wrong."""
    file = settings.delivery.channels
    to, secret = variable_of(channel.id, "TO"), variable_of(channel.id, "SECRET")
    if channel.kind is not ChannelKind.FEED:
        is_given = bool(channel.to) and not written.to
        if is_given and (said := target_fault(channel.kind, channel.to, settings)):
            yield f"{to}: {said}"
        if not channel.to:
            is_secret = channel.kind is ChannelKind.APPRISE
            how = f"set {to}" if is_secret else f"write `to` in the file, or set {to}"
            yield f"{file}: channel {channel.id} has no target: {how} or {to}{_FILE}"
    if channel.kind is not ChannelKind.WEBHOOK:
        return
    if not channel.secret:
        yield f"{file}: channel {channel.id} has no secret: set {secret} or {secret}{_FILE}; {MAKE_ONE}"
    for name, text in (("SECRET", channel.secret), ("OLD_SECRET", channel.old_secret)):
        if text and not channels.is_secret(text):
            variable = variable_of(channel.id, name)
            yield f"{variable}: not {channels.MARK} and base64 of 24 to 64 bytes; {MAKE_ONE}"


def _allowed(channel: Channel) -> Iterator[str]:
    """Name the variables that a channel can have."""
    if channel.kind is not ChannelKind.FEED:
        yield variable_of(channel.id, "TO")
    if channel.kind is ChannelKind.WEBHOOK:
        yield variable_of(channel.id, "SECRET")
        yield variable_of(channel.id, "OLD_SECRET")


def _shared(written: Sequence[Channel]) -> Iterator[str]:
    """Find variables that would set something of two channels."""
    owners: dict[str, str] = {}
    for each in written:
        for variable in (variable_of(each.id, name) for name in _SET):
            if variable in owners:
                yield f"{variable} would be of {owners[variable]} and of {each.id}: rename one"
            owners.setdefault(variable, each.id)


def _unknown(written: Sequence[Channel], environ: Mapping[str, str]) -> Iterator[str]:
    """Find variables that begin like those of channels and set nothing."""
    known = {variable for each in written for variable in _allowed(each)}
    for variable in sorted(environ):
        if variable.startswith(PREFIX) and variable.removesuffix(_FILE) not in known:
            near = get_close_matches(variable, sorted(known), n=1)
            hint = f"did you mean {near[0]}?" if near else "no channel takes it"
            yield f"{variable}: sets nothing: {hint}"


def _same_targets(found: Mapping[str, Channel]) -> Iterator[str]:
    """Find fallbacks that lead to where the channel itself leads."""
    for each in found.values():
        other = found.get(each.fallback)
        if other and each.to and (other.kind, other.to) == (each.kind, each.to):
            yield f"channel {each.id}: its fallback {other.id} has the same target"
