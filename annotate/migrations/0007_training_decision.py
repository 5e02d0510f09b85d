import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("annotate", "0005_datasets_training_review")]

    operations = [
        migrations.AddField(
            model_name="training",
            name="decided_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="decided"),
        ),
        migrations.AddField(
            model_name="training",
            name="decided_by",
            field=models.ForeignKey(
                blank=True,
                help_text="Who promoted the model or kept the old one; empty: nobody has, or the rule did.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="decided by",
            ),
        ),
        migrations.AddField(
            model_name="training",
            name="weights_sha256",
            field=models.CharField(
                blank=True,
                default="",
                help_text="SHA-256 of the .pt that came out, from which the next training goes on.",
                max_length=64,
                validators=[django.core.validators.RegexValidator("^[0-9a-f]{64}$")],
                verbose_name="weights",
            ),
        ),
    ]
