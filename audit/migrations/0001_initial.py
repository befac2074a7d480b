"""The trail, partitioned by month; the chain and its seals; append-only triggers on all of them."""

from django.db import migrations, models

from audit import append_only, partitions

EVENT_FIELDS = [
    ("id", models.UUIDField(primary_key=True, serialize=False)),
    ("at", models.DateTimeField(verbose_name="时间")),
    ("verb", models.CharField(max_length=64, verbose_name="动作")),
    ("actor", models.CharField(max_length=100, verbose_name="操作者")),
    ("object_type", models.CharField(max_length=40, verbose_name="对象类型")),
    ("object_id", models.CharField(max_length=64, verbose_name="对象")),
    ("before", models.BinaryField(null=True)),
    ("after", models.BinaryField(null=True)),
    ("subject", models.BinaryField(null=True)),
    ("data", models.JSONField(default=dict, verbose_name="内容")),
    ("request_id", models.CharField(default="", max_length=64, verbose_name="请求编号")),
    ("row_digest", models.BinaryField()),
    ("txid", models.BigIntegerField()),
]

# A key that contains the partition column is what PostgreSQL allows; the id alone is unique by construction, and the
# row digest covers both.
CREATE_EVENT = """
CREATE TABLE audit_event (
    id uuid NOT NULL,
    at timestamptz NOT NULL,
    verb varchar(64) NOT NULL,
    actor varchar(100) NOT NULL,
    object_type varchar(40) NOT NULL,
    object_id varchar(64) NOT NULL,
    before bytea,
    after bytea,
    subject bytea,
    data jsonb NOT NULL,
    request_id varchar(64) NOT NULL,
    row_digest bytea NOT NULL,
    txid bigint NOT NULL DEFAULT (pg_current_xact_id()::text::bigint),
    PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
CREATE INDEX audit_event_object ON audit_event (object_type, object_id, at);
CREATE INDEX audit_event_actor ON audit_event (actor, at);
CREATE INDEX audit_event_time ON audit_event (at, id);
CREATE INDEX audit_event_txid ON audit_event USING brin (txid) WITH (pages_per_range = 32);
"""

EVENT_STATE = [
    migrations.CreateModel(
        name="Event",
        fields=EVENT_FIELDS,
        options={
            "verbose_name": "审计事件",
            "verbose_name_plural": "审计事件",
            "ordering": ["-at", "-id"],
            "indexes": [
                models.Index(fields=["object_type", "object_id", "at"], name="audit_event_object"),
                models.Index(fields=["actor", "at"], name="audit_event_actor"),
                models.Index(fields=["at", "id"], name="audit_event_time"),
            ],
        },
    ),
]


class Migration(migrations.Migration):
    initial = True
    dependencies = []

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(CREATE_EVENT, "DROP TABLE audit_event")],
            state_operations=EVENT_STATE,
        ),
        migrations.CreateModel(
            name="Seal",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField(verbose_name="时间")),
                ("first_position", models.BigIntegerField()),
                ("last_position", models.BigIntegerField()),
                ("previous_hash", models.BinaryField()),
                ("head_hash", models.BinaryField()),
                ("floor_txid", models.BigIntegerField()),
                ("cluster", models.BigIntegerField()),
                ("signature", models.BinaryField()),
            ],
            options={"verbose_name": "封存", "verbose_name_plural": "封存", "ordering": ["number"]},
        ),
        migrations.CreateModel(
            name="SealedEvent",
            fields=[
                ("position", models.BigIntegerField(primary_key=True, serialize=False)),
                ("event_id", models.UUIDField(unique=True)),
                ("event_at", models.DateTimeField()),
                ("chain_hash", models.BinaryField()),
            ],
            options={"verbose_name": "封存位置", "verbose_name_plural": "封存位置", "ordering": ["position"]},
        ),
        *append_only.protect("audit_event"),
        *append_only.protect("audit_seal"),
        *append_only.protect("audit_sealedevent"),
        *partitions.operations(first_year=2026, first_month=1, months=15),
    ]
