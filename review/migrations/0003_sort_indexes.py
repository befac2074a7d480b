"""Every sort of the queue is served by an index, over several states and all districts too."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("review", "0002_guards")]

    operations = [
        migrations.AddIndex("case", models.Index(fields=["due_at", "id"], name="case_sort_due")),
        migrations.AddIndex("case", models.Index(fields=["queue_at", "id"], name="case_sort_age")),
        migrations.AddIndex("case", models.Index(fields=["computed_fen", "id"], name="case_sort_amount")),
    ]
