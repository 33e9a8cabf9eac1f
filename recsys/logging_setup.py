"""Logging configuration: standard error and a rotating file, with a session id in each line."""

from __future__ import annotations

import logging
import sys
from contextvars import ContextVar
from logging.handlers import RotatingFileHandler
from pathlib import Path

__all__ = ["configure_logging", "log_file_path", "session_id"]

FORMAT = "%(asctime)s %(levelname)s %(name)s [%(session)s] %(message)s"
LOGGERS = ("recsys", "pages")
MAX_BYTES = 1_000_000
BACKUPS = 3

session_id: ContextVar[str] = ContextVar("session_id", default="-")
"""Id of the browser session or request that the current thread works for."""


class _SessionFilter(logging.Filter):
    """Add the session id to each record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.session = session_id.get()
        return True


def log_file_path(folder: Path) -> Path:
    """Return the path of the log file inside a local data folder."""
    return folder / "logs" / "app.log"


def configure_logging(folder: Path) -> Path:
    """Send warnings and errors of this project to standard error and to a rotating log file.

    A second call with the same folder changes nothing; another folder moves the log file. A
    folder that cannot be written leaves standard error alone.

    Args:
        folder: local data folder; the log is ``logs/app.log`` inside it.

    Returns:
        The path of the log file.
    """
    path = log_file_path(folder)
    logger = logging.getLogger(LOGGERS[0])
    current = next((h for h in logger.handlers if isinstance(h, RotatingFileHandler)), None)
    if current is not None and current.baseFilename == str(path.absolute()):
        return path
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr)]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handlers.append(
            RotatingFileHandler(
                path, maxBytes=MAX_BYTES, backupCount=BACKUPS, encoding="utf-8", delay=True
            )
        )
    except OSError as error:
        problem = f"The log file {path} cannot be written ({error.strerror})."
    else:
        problem = ""
    for handler in handlers:
        handler.setFormatter(logging.Formatter(FORMAT))
        handler.addFilter(_SessionFilter())
    for name in LOGGERS:
        _replace_handlers(logging.getLogger(name), handlers)
    if problem:
        logger.warning(problem)
    return path


def _replace_handlers(logger: logging.Logger, handlers: list[logging.Handler]) -> None:
    for handler in list(logger.handlers):
        if any(isinstance(added, _SessionFilter) for added in handler.filters):
            logger.removeHandler(handler)
            handler.close()
    for handler in handlers:
        logger.addHandler(handler)
