import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("annotate", "0011_archive"),
    ]

    operations = [
        migrations.AlterField(
            model_name="project",
            name="auto_accept_precision",
            field=models.FloatField(
                default=0.95,
                help_text=(
                    "From which confidence on this share of the proposals is right is said class by class. Where proposals "
                    "are accepted without a person, a new number holds when it has been counted, within minutes."
                ),
                validators=[
                    django.core.validators.MinValueValidator(0.5),
                    django.core.validators.MaxValueValidator(0.999),
                ],
                verbose_name="guaranteed precision",
            ),
        ),
        migrations.AddField(
            model_name="project",
            name="accepts_itself",
            field=models.BooleanField(
                default=False,
                help_text="Only from the confidence on from which the precision is guaranteed, class by class.",
                verbose_name="what is surely right is accepted without a person",
            ),
        ),
        migrations.AddField(
            model_name="detectionframe",
            name="accepted",
            field=models.PositiveIntegerField(
                default=0, help_text="Of the proposals.", verbose_name="accepted without a person"
            ),
        ),
        migrations.AddField(
            model_name="proposal",
            name="by_machine",
            field=models.BooleanField(
                default=False,
                help_text=(
                    "When it was made. It stays so whatever people do later, and is no evidence about the model."
                ),
                verbose_name="accepted without a person",
            ),
        ),
    ]
