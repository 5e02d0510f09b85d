from typing import Any

import django.core.validators
from django.db import migrations, models
from django.utils import timezone

DONE = ("complete", "approved")


def carry_over(apps: Any, schema_editor: Any) -> None:
    """What is complete in a project whose people label independently can be approved as before, and frames that were
    merged say so: a merge was the only one that declared a frame complete without a person.

    A frame without any box that is to be labelled again may as well have been merged and taken back: it can be merged
    once more, and is not marked.
    """
    project, frame, box = (apps.get_model("annotate", name) for name in ("Project", "Frame", "Box"))
    project.objects.filter(review="consensus").update(consensus_since=timezone.now())
    kept = box.objects.filter(frame=models.OuterRef("pk"), deleted_revision__isnull=True, status="accepted")
    for original in project.objects.filter(copies__isnull=False).order_by().distinct():
        finished = frame.objects.filter(project__copy_of=original, status__in=DONE).order_by()
        people = dict(finished.values_list("original_md5").annotate(number=models.Count("project", distinct=True)))
        merged = frame.objects.filter(
            models.Exists(
                apps.get_model("annotate", "StatusChange").objects.filter(
                    frame=models.OuterRef("pk"), after="complete", user__isnull=True
                )
            ),
            models.Q(status__in=(*DONE, "returned")) | models.Exists(kept),
            project=original,
        )
        for pk, name in list(merged.order_by().values_list("pk", "original_md5")):
            if people.get(name, 0) > 1:
                frame.objects.filter(pk=pk).update(merged_from=people[name])


class Migration(migrations.Migration):
    dependencies = [
        ("annotate", "0016_lighter_outbox"),
    ]

    operations = [
        migrations.AddField(
            model_name="frame",
            name="merged_from",
            field=models.PositiveSmallIntegerField(
                default=0,
                editable=False,
                help_text=(
                    "Of how many people's independent labels its boxes were made; 0 for none (annotate.agreement.merging)."
                ),
                verbose_name="people whose labels were merged",
            ),
        ),
        migrations.AddField(
            model_name="project",
            name="annotators_per_image",
            field=models.PositiveSmallIntegerField(
                default=2,
                help_text=(
                    "Where several people label independently: an image is approved when so many have labelled it and "
                    "their labels were merged. 2 to 5."
                ),
                validators=[
                    django.core.validators.MinValueValidator(2),
                    django.core.validators.MaxValueValidator(5),
                ],
                verbose_name="people per image",
            ),
        ),
        migrations.AddField(
            model_name="project",
            name="consensus_since",
            field=models.DateTimeField(
                blank=True,
                editable=False,
                help_text=(
                    "When it was switched on that several people label independently; what was complete then needs one "
                    "reviewer alone."
                ),
                null=True,
                verbose_name="labelled independently since",
            ),
        ),
        migrations.AddConstraint(
            model_name="project",
            constraint=models.CheckConstraint(
                condition=models.Q(("annotators_per_image__gte", 2), ("annotators_per_image__lte", 5)),
                name="project_people_per_image",
            ),
        ),
        migrations.RunPython(carry_over, migrations.RunPython.noop),
    ]
