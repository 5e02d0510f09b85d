from typing import Any

from django.db import migrations, models

KEY = "shown"
"""Of the parameters of a training: its promotions' confidence after and before, until now."""


def move_to_rows(apps: Any, schema_editor: Any) -> None:
    promotions = apps.get_model("annotate", "Promotion").objects
    trainings = apps.get_model("annotate", "Training").objects.filter(params__has_key=KEY)
    for training in trainings.only("params").iterator():
        for number, (before, now) in training.params.pop(KEY).items():
            promotions.filter(pk=number).update(confidence_before=before, confidence=now)
        trainings.filter(pk=training.pk).update(params=training.params)


class Migration(migrations.Migration):
    dependencies = [
        ("annotate", "0019_tracking_later"),
    ]

    operations = [
        migrations.AddField(
            model_name="promotion",
            name="confidence",
            field=models.FloatField(
                blank=True,
                help_text="From which proposals are made since then. Empty: not recorded.",
                null=True,
                verbose_name="confidence",
            ),
        ),
        migrations.AddField(
            model_name="promotion",
            name="confidence_before",
            field=models.FloatField(
                blank=True,
                help_text="From which they were made until then; going back restores it. Empty: not recorded.",
                null=True,
                verbose_name="confidence before",
            ),
        ),
        migrations.RunPython(move_to_rows, migrations.RunPython.noop),
    ]
