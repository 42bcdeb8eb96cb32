"""Log lines as JSON, one line each, without secrets."""

from __future__ import annotations

import logging
import re
import sys

import structlog

_ADDRESS = re.compile(r"(/roadshows/(?:feeds|[^/\s]+/my)/)[^/\s?\"']+")
"""Addresses that are themselves the key to what stands there: personal pages and calendars."""
_SECRET = ("password", "token", "code", "secret", "cookie", "authorization")


def _hide_secrets(_logger: object, _name: str, line: structlog.types.EventDict) -> structlog.types.EventDict:
    for key in line:
        if any(word in key.lower() for word in _SECRET):
            line[key] = "[hidden]"
        elif isinstance(line[key], str):
            line[key] = without_secret_addresses(line[key])
    return line


def without_secret_addresses(text: str) -> str:
    """`text` with the secret part of addresses struck out."""
    return _ADDRESS.sub(r"\1[hidden]", text)


class _Masking(logging.Filter):
    """The same for lines of the standard library's loggers, such as the web server's."""

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        if "/roadshows/" in text:
            record.msg, record.args = without_secret_addresses(text), None
        return True


def configure(level: str) -> None:
    """Send structlog and the standard library's warnings to standard error."""
    logging.basicConfig(stream=sys.stderr, level=level, format="%(levelname)s %(name)s %(message)s")
    for server in ("gunicorn.error", "gunicorn.access", "werkzeug"):
        logger = logging.getLogger(server)
        if not any(isinstance(known, _Masking) for known in logger.filters):
            logger.addFilter(_Masking())
    for noisy in ("fontTools", "weasyprint", "apscheduler"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _hide_secrets,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
