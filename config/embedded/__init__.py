"""The portal's own PostgreSQL and Valkey, started when DATABASE_URL or REDIS_URL is unset.

`layout` says where state lives, `keys` makes the keys of an embedded portal, `postgres` and `valkey` start and
stop one server each, `services` does both under one lock, `templates_db` makes throw-away databases.
"""
