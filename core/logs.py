"""Log lines as JSON, one line each, without secrets."""

from __future__ import annotations

import logging
import sys

import structlog

_SECRET = ("password", "token", "code", "secret", "cookie", "authorization")


def _hide_secrets(_logger: object, _name: str, line: structlog.types.EventDict) -> structlog.types.EventDict:
    for key in line:
        if any(word in key.lower() for word in _SECRET):
            line[key] = "[hidden]"
    return line


def configure(level: str) -> None:
    """Send structlog and the standard library's warnings to standard error."""
    logging.basicConfig(stream=sys.stderr, level=level, format="%(levelname)s %(name)s %(message)s")
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
