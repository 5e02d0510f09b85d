from typing import Any

from django.db import migrations, models

SAID = ("People disagree here.", "Désaccord à cet endroit.")
"""How a comment of a merge began, in the languages that there were."""


def mark(apps: Any, schema_editor: Any) -> None:
    """Once: until now they were told by their text."""
    begins = models.Q()
    for words in SAID:
        begins |= models.Q(text__startswith=words)
    comments = apps.get_model("annotate", "Comment").objects.filter(parent__isnull=True, x__isnull=False)
    comments.filter(begins).update(is_dispute=True)


class Migration(migrations.Migration):
    dependencies = [
        ("annotate", "0017_people_per_image"),
    ]

    operations = [
        migrations.AddField(
            model_name="comment",
            name="is_dispute",
            field=models.BooleanField(
                default=False,
                editable=False,
                help_text="Written by a merge where people who labelled independently disagree (annotate.agreement).",
                verbose_name="dispute",
            ),
        ),
        migrations.AddConstraint(
            model_name="comment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("is_dispute", False),
                    models.Q(("parent__isnull", True), ("x__isnull", False)),
                    _connector="OR",
                ),
                name="comment_dispute_has_place",
            ),
        ),
        migrations.AddIndex(
            model_name="comment",
            index=models.Index(
                condition=models.Q(
                    ("deleted_at__isnull", True), ("is_dispute", True), ("resolved_at__isnull", True)
                ),
                fields=["frame"],
                name="comment_open_dispute",
            ),
        ),
        migrations.RunPython(mark, migrations.RunPython.noop),
    ]
