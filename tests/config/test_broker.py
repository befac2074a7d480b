"""One address, three dialects."""

import os

import pytest

from config import broker
from config.embedded import services
from config.embedded.layout import layout


@pytest.mark.parametrize(
    ("given", "celery", "client"),
    [
        ("unix:///run/v.sock?db=2", "redis+socket:///run/v.sock?virtual_host=2", "unix:///run/v.sock?db=2"),
        ("redis+socket:///run/v.sock", "redis+socket:///run/v.sock?virtual_host=0", "unix:///run/v.sock?db=0"),
        ("redis://u:p@host:6379/1", "redis://u:p@host:6379/1", "redis://u:p@host:6379/1"),
        ("rediss://host/0", "rediss://host/0", "rediss://host/0"),
    ],
)
def test_translation(given: str, celery: str, client: str) -> None:
    assert broker.celery_url(given) == celery
    assert broker.client_url(given) == client


def test_both_libraries_reach_the_same_queue() -> None:
    import redis
    from kombu import Connection

    services.ensure()
    # A database of its own number: a dialect that loses the number would look into another.
    address = f"unix://{layout().valkey_socket}?db=9"
    name = f"test-{os.getpid()}"
    with redis.Redis.from_url(broker.client_url(address)) as client, Connection(broker.celery_url(address)) as celery:
        with celery.SimpleQueue(name) as queue:
            queue.put("a message")
        assert client.llen(name) == 1
        client.delete(name, f"_kombu.binding.{name}")
