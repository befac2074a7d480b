"""The Celery application: worker and schedule.

Acknowledge late, reject when a worker is lost, fetch one at a time (settings): a killed worker's task runs again,
so every effect of a task has a unique key.
"""

import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from celery import Celery, signals
from django_structlog.celery.steps import DjangoStructLogInitStep

app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.steps["worker"].add(DjangoStructLogInitStep)
app.autodiscover_tasks()


@signals.setup_logging.connect
def _use_our_logging(**_: Any) -> None:
    """Celery keeps its hands off the logging Django has configured."""


@app.on_after_finalize.connect
def _load_schedule(sender: Celery, **_: Any) -> None:
    """The schedule: the registered jobs and what the lower apps do by themselves; imported when apps are ready."""
    from audit import tasks as audit
    from documents import tasks as documents
    from exchange import tasks as exchange
    from nightly.schedule import beat_schedule

    sender.conf.beat_schedule = beat_schedule() | audit.SCHEDULE | exchange.SCHEDULE | documents.SCHEDULE
