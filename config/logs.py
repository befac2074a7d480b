"""Logs: one JSON object a line on standard error, with the request id and without anything personal.

What a log line may hold is decided here once: the path without its query, no client address, and of an exception
its type, the places it passed and (for database errors) code and constraint. The message of an exception may quote
a row or an input, so it is kept only for types whose message speaks of code or configuration.
"""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any

import structlog

Event = MutableMapping[str, Any]
# Exceptions whose text cannot quote a person's data.
SPEAKING = (
    AttributeError,
    ImportError,
    NameError,
    NotImplementedError,
    ConnectionError,
    TimeoutError,
    "ImproperlyConfigured",
    "TemplateDoesNotExist",
    "NoReverseMatch",
    "AppRegistryNotReady",
    "FieldError",
    "MissingYear",
    "Unmigrated",
)
# Keys under which libraries put the text of an exception or a task's arguments.
WITHHELD = frozenset({"error", "einfo", "exc", "args", "kwargs", "task_args", "task_kwargs"})


def _may_speak(error: BaseException) -> bool:
    kinds = tuple(kind for kind in SPEAKING if isinstance(kind, type))
    names = {kind for kind in SPEAKING if isinstance(kind, str)}
    return isinstance(error, kinds) or type(error).__name__ in names


def _one(error: BaseException, trace: TracebackType | None) -> Event:
    frames = traceback.extract_tb(trace)
    shown: Event = {
        "type": f"{type(error).__module__}.{type(error).__qualname__}",
        "at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    }
    if _may_speak(error):
        shown["message"] = str(error)
    state = getattr(error, "sqlstate", None)
    if state:
        shown["sqlstate"] = state
        constraint = getattr(getattr(error, "diag", None), "constraint_name", None)
        if constraint:
            shown["constraint"] = constraint
    return shown


def describe(error: BaseException) -> list[Event]:
    """`error` and its causes, outermost first, without messages that may quote data."""
    chain: list[Event] = []
    seen: set[int] = set()
    at: BaseException | None = error
    while at is not None and id(at) not in seen:
        seen.add(id(at))
        chain.append(_one(at, at.__traceback__))
        at = at.__cause__ or (None if at.__suppress_context__ else at.__context__)
    return chain


def render_exception(_logger: Any, _method: str, event: Event) -> Event:
    """Replace `exc_info` by what `describe` tells of it."""
    info = event.pop("exc_info", None)
    if not info:
        return event
    if info is True:
        info = sys.exc_info()
    error = info if isinstance(info, BaseException) else info[1]
    if error is not None:
        event["exception"] = describe(error)
    return event


def withhold(_logger: Any, _method: str, event: Event) -> Event:
    """Drop what libraries add that may quote data."""
    return {name: value for name, value in event.items() if name not in WITHHELD}


def add_record(_logger: Any, _method: str, event: Event) -> Event:
    """Name logger and level of a line that came through the standard library."""
    record = event.get("_record")
    if record is not None:
        event.setdefault("logger", record.name)
        event.setdefault("level", record.levelname.lower())
    return event


SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
    withhold,
]


def formatter(*_: Any, **__: Any) -> structlog.stdlib.ProcessorFormatter:
    """The JSON formatter, for Django's LOGGING and for granian's (which also passes arguments it does not need)."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=SHARED,
        processors=[
            add_record,
            render_exception,
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(ensure_ascii=False, default=repr),
        ],
    )


def configuration(level: str) -> dict[str, Any]:
    """Django's LOGGING for JSON on standard error at `level`; also configures structlog."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {"()": "config.logs.formatter"},
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": level, "propagate": True},
            "django.server": {"handlers": [], "level": logging.WARNING, "propagate": True},
            "axes": {"handlers": [], "level": logging.WARNING, "propagate": True},
        },
    }
