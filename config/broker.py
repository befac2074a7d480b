"""One REDIS_URL, three dialects.

Celery writes a unix socket as `redis+socket:///path?virtual_host=0`, redis-py as `unix:///path?db=0`, and a
TCP address is the same in both. The environment may use either; these functions translate.
"""

from urllib.parse import parse_qs, urlencode, urlsplit


def _socket(url: str) -> tuple[str, str] | None:
    """(path, database number) of a socket address, None for a TCP one."""
    parts = urlsplit(url)
    if parts.scheme not in ("unix", "redis+socket"):
        return None
    query = parse_qs(parts.query)
    number = (query.get("db") or query.get("virtual_host") or ["0"])[0]
    return parts.path, number


def celery_url(url: str) -> str:
    """The address as Celery wants it."""
    socket = _socket(url)
    return f"redis+socket://{socket[0]}?{urlencode({'virtual_host': socket[1]})}" if socket else url


def client_url(url: str) -> str:
    """The address as redis-py wants it."""
    socket = _socket(url)
    return f"unix://{socket[0]}?{urlencode({'db': socket[1]})}" if socket else url
