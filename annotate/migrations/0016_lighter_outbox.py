import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Two indexes less for an edit to wait for: what is not placed yet is in neither."""

    dependencies = [
        ("annotate", "0015_comparisons"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="trackingevent",
            name="tracking_event_place",
        ),
        migrations.AlterField(
            model_name="trackingevent",
            name="run",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="events",
                to="annotate.trackingrun",
                verbose_name="run",
            ),
        ),
        migrations.AddConstraint(
            model_name="trackingevent",
            constraint=models.UniqueConstraint(
                condition=models.Q(("run__isnull", False)), fields=("run", "seq"), name="tracking_event_place"
            ),
        ),
    ]
