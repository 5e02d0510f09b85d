from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("annotate", "0018_comment_disputes"),
    ]

    operations = [
        migrations.AddField(
            model_name="trackingrun",
            name="retry_at",
            field=models.DateTimeField(
                blank=True,
                help_text="Set where MLflow answers about everything but this run: it is told later.",
                null=True,
                verbose_name="next attempt",
            ),
        ),
        migrations.AddField(
            model_name="trackingrun",
            name="doubt_until",
            field=models.DateTimeField(
                blank=True,
                help_text="Set where MLflow did not answer when it was to create this run: it may be there twice.",
                null=True,
                verbose_name="in doubt until",
            ),
        ),
        migrations.AddIndex(
            model_name="trackingrun",
            index=models.Index(
                condition=models.Q(("doubt_until__isnull", False)),
                fields=["doubt_until"],
                name="tracking_run_doubtful",
            ),
        ),
    ]
