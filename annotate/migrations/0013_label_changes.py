import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("annotate", "0012_auto_accept"),
    ]

    operations = [
        migrations.CreateModel(
            name="LabelChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("before", models.JSONField(default=list, verbose_name="before")),
                ("after", models.JSONField(default=list, verbose_name="after")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="time")),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="label_changes",
                        to="annotate.project",
                        verbose_name="project",
                    ),
                ),
                (
                    "takes_back",
                    models.ForeignKey(
                        help_text="The earlier change that this one undid.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="annotate.labelchange",
                        verbose_name="takes back",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
            ],
            options={
                "verbose_name": "label change",
                "verbose_name_plural": "label changes",
                "ordering": ["-pk"],
                "indexes": [models.Index(fields=["project", "-id"], name="label_change_newest")],
            },
        ),
    ]
