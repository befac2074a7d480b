"""Safe by default: what production settings hold, tried as a process of its own."""

import os
import secrets
import subprocess
import sys

import pytest
from django.conf import settings

from config.embedded.layout import CHECKOUT


def production(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run manage.py as in production, with every key given."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("PORTAL_", "DJANGO_ALLOW"))}
    given = {
        "PORTAL_ENV": "production",
        "SECRET_KEY": secrets.token_hex(48),
        "PORTAL_FIELD_KEY": f"k1:{secrets.token_hex(16)}",
        "PORTAL_LOOKUP_KEY": secrets.token_hex(32),
        "PORTAL_AUDIT_KEY": secrets.token_hex(32),
        "ALLOWED_HOSTS": "portal.example.org",
        "DATABASE_URL": "postgres://app:secret@127.0.0.1:5432/portal",
        "DATABASE_OWNER_URL": "postgres://owner:secret@127.0.0.1:5432/portal",
        "REDIS_URL": "redis://127.0.0.1:6379/0",
    }
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=CHECKOUT,
        env={**clean, **given, **more},
        capture_output=True,
        text=True,
    )


def test_deployment_checks_are_clean() -> None:
    done = production("check", "--deploy", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr


def test_one_role_for_everything_is_a_warning() -> None:
    done = production("check", "--deploy", "--fail-level", "WARNING", DATABASE_OWNER_URL="")
    assert done.returncode == 1
    assert "config.W001" in done.stderr


def test_production_holds_what_the_demonstration_may_leave_out() -> None:
    code = (
        "from django.conf import settings as s;"
        "print(s.DEBUG, s.PORTAL_DEMO, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SECURE_SSL_REDIRECT)"
    )
    done = production("shell", "--no-imports", "-c", code)
    assert done.stdout.split() == ["False", "False", "True", "True", "True"], done.stderr


def test_serving_without_hosts_is_refused() -> None:
    done = production("check", ALLOWED_HOSTS="", PORTAL_SERVING="on")
    assert done.returncode == 1
    assert "ALLOWED_HOSTS" in done.stderr


@pytest.mark.parametrize("word", ["maybe", "wahr"])
def test_debug_is_off_unless_it_is_on(word: str) -> None:
    done = production(
        "shell", "--no-imports", "-c", "from django.conf import settings as s; print(s.DEBUG)", DEBUG=word
    )
    assert done.stdout.strip() == "False"


def test_names_others_rely_on() -> None:
    assert settings.DEBUG is False
    assert settings.PORTAL_DEMO is True
    assert all(len(key) == 16 for key in settings.PORTAL_FIELD_KEYS.values())
    assert len(settings.PORTAL_LOOKUP_KEY) >= 32 <= len(settings.PORTAL_AUDIT_KEY)
    assert settings.CLAIM_LOCK_MINUTES == 30
    assert settings.SESSION_IDLE_SECONDS == 1800
    assert not str(settings.DOCUMENT_ROOT).startswith(str(settings.STATIC_ROOT))


def test_tasks_survive_a_lost_worker_and_carry_only_json() -> None:
    from config.celery import app

    assert app.conf.task_acks_late
    assert app.conf.task_reject_on_worker_lost
    assert app.conf.worker_prefetch_multiplier == 1
    assert app.conf.accept_content == ["json"]
    assert app.conf.task_serializer == "json"
    assert app.conf.timezone == "Asia/Shanghai"


def test_the_schedule_holds_the_registered_jobs_and_only_tasks_that_exist() -> None:
    from config.celery import app
    from nightly.schedule import beat_schedule

    app.finalize()
    jobs = beat_schedule()
    assert jobs.items() <= app.conf.beat_schedule.items()
    assert jobs
    app.loader.import_default_modules()
    assert {entry["task"] for entry in app.conf.beat_schedule.values()} <= set(app.tasks)
