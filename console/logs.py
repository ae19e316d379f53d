"""Logging: what libraries say stays out of the way unless something is wrong."""

import logging
import sys


def quiet_beam() -> None:
    """Let only errors of Beam and the models through; call it before they are imported."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger().addFilter(_wanted)
    for handler in logging.getLogger().handlers:
        handler.addFilter(_wanted)
    for name in ("trafilatura", "charset_normalizer", "kafka.net.selector"):
        logging.getLogger(name).setLevel(logging.ERROR)
    # What these log as errors they raise, too: it is told once, by whoever catches it.
    for name in ("apache_beam", "sqlalchemy.pool"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


NOISE = (
    "apitools not found",  # Google's libraries are absent: nobody asked for them
    "This output type hint will be ignored",  # several outputs have one type hint each
    "This input type hint will be ignored",  # several inputs, too
    "bundle inst",  # of a bundle that failed Prism says what is raised, too, and that four times
    "Prism received bundle error",
    "stage.Execute aborting due to bundle error",
    "Bundle Failed.",
    "job failed",
)
"""How remarks of Beam and its runner begin that say nothing to anyone here."""


def _wanted(record: logging.LogRecord) -> bool:
    """Drop the noise."""
    return not record.getMessage().startswith(NOISE)


def structured() -> None:
    """Log what happens as one JSON object a line on standard error; readable lines on a terminal.

    Of a fault it is told where it happened, and no variables: those hold texts, and may hold secrets.
    """
    import structlog
    from structlog.dev import ConsoleRenderer, plain_traceback
    from structlog.processors import ExceptionRenderer, JSONRenderer
    from structlog.tracebacks import ExceptionDictTransformer

    is_terminal = sys.stderr.isatty()
    last = (
        [ConsoleRenderer(exception_formatter=plain_traceback)]
        if is_terminal
        else [ExceptionRenderer(ExceptionDictTransformer(show_locals=False)), JSONRenderer()]
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *last,
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
