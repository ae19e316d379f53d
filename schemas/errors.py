"""What can go wrong, as types: the record is bad, the world is bad, or the user is."""


class TocsinError(Exception):
    """Root of every error that Tocsin raises on purpose.

    `hint` tells the user what to do; the command line prints it under the message, and a traceback
    as a note, so that it is not lost where an error is handed on as text.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint
        if hint:
            self.add_note(f"hint: {hint}")


class Rejected(TocsinError):
    """The *record* is bad: it goes to the dead letters with `code`, and is never retried."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason

    def __reduce__(self) -> tuple[type["Rejected"], tuple[str, str]]:
        """Survive the way back from a child process."""
        return (Rejected, (self.code, self.reason))


class Unavailable(TocsinError):
    """The *world* is bad (a server, a disk): try again after `retry_after` seconds."""

    def __init__(self, message: str, *, retry_after: float = 1.0, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class StoreLost(TocsinError):
    """The file of the store was taken away from those who have it open: to wait helps none of them.

    Whoever works on it ends, for nothing that is written there can be found again.
    """


class Halted(TocsinError):
    """The *stream* is bad, and no record of it by itself: going on would do harm, and so would starting again.

    Somebody must look first.
    """


class InvalidSetting(TocsinError):
    """A file the user wrote is wrong: watch list, subscription or settings, as `file:line: message`."""


class QueryError(TocsinError):
    """A query that does not parse. `column` counts characters from 1."""

    def __init__(self, message: str, *, query: str, column: int, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.query = query
        self.column = column
