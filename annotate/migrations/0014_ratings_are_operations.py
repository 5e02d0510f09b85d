import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("annotate", "0013_label_changes"),
    ]

    operations = [
        migrations.AddField(
            model_name="feedback",
            name="ms",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="Milliseconds that the person spent on it, as their browser measured; pauses are left out.",
                null=True,
                verbose_name="active time",
            ),
        ),
        migrations.AddField(
            model_name="feedback",
            name="revision",
            field=models.BigIntegerField(
                blank=True,
                help_text="The operation that says so; none for what was said before ratings were operations.",
                null=True,
                verbose_name="revision",
            ),
        ),
        migrations.AlterField(
            model_name="frame",
            name="detections_revision",
            field=models.BigIntegerField(
                default=0,
                editable=False,
                help_text="Counts its detections; annotate.detection moves it.",
                verbose_name="detections revision",
            ),
        ),
        migrations.AlterField(
            model_name="operation",
            name="box",
            field=models.ForeignKey(
                blank=True,
                help_text="None where a detection is rated as a whole.",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="operations",
                to="annotate.box",
                verbose_name="box",
            ),
        ),
        migrations.AlterField(
            model_name="operation",
            name="kind",
            field=models.CharField(
                choices=[
                    ("create", "Create"),
                    ("set", "Change"),
                    ("delete", "Delete"),
                    ("restore", "Restore"),
                    ("rate", "Rate the detection"),
                ],
                max_length=8,
                verbose_name="kind",
            ),
        ),
        migrations.AddIndex(
            model_name="operation",
            index=models.Index(
                condition=models.Q(("kind", "rate")), fields=["frame", "revision"], name="operation_ratings"
            ),
        ),
        migrations.AddConstraint(
            model_name="operation",
            constraint=models.CheckConstraint(
                condition=models.Q(("box__isnull", True), ("kind", "rate"))
                | models.Q(models.Q(("kind", "rate"), _negated=True), ("box__isnull", False)),
                name="operation_on_a_box_or_a_rating",
            ),
        ),
    ]
