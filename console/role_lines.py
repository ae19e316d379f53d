"""What the roles say, each line with the role that said it: JSON for machines, columns for people."""

import json

_COLUMN = 13
"""Characters for the name of a role on a terminal."""

_SHOWN_APART = ("event", "level", "timestamp", "role")


def told(role: str, line: str, *, on_terminal: bool) -> str:
    """Write a line of a role: an event of its log stays one, anything else becomes one."""
    said = _as_event(line)
    if not on_terminal:
        return json.dumps({"role": role, **said}, ensure_ascii=False)
    time = str(said.get("timestamp", ""))[11:19]
    level = said.get("level", "info")
    words = [time] if time else []
    words += [] if level == "info" else [str(level)]
    words.append(str(said["event"]))
    words += [f"{key}={value}" for key, value in said.items() if key not in _SHOWN_APART]
    return f"{role:{_COLUMN}} | {' '.join(words)}"


def _as_event(line: str) -> dict[str, object]:
    """Read an event; take what is none as the text of one."""
    if line.startswith("{"):
        try:
            read = json.loads(line)
        except ValueError:
            read = None
        if isinstance(read, dict) and "event" in read:
            return read
    return {"event": line}
