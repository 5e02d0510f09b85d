from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("annotate", "0014_ratings_are_operations"),
    ]

    operations = [
        migrations.AlterField(
            model_name="job",
            name="kind",
            field=models.CharField(
                choices=[
                    ("ingest", "Add images"),
                    ("thumbnail", "Thumbnail"),
                    ("detect", "Detect on an image"),
                    ("detect_many", "Detect on many images"),
                    ("export", "Export"),
                    ("import", "Import of annotations"),
                    ("snapshot", "Dataset version"),
                    ("sync_data", "Copy dataset versions"),
                    ("restore", "Restore a dataset version"),
                    ("compare", "Comparison of dataset versions"),
                    ("train", "Training"),
                    ("bulk", "Change of many boxes"),
                    ("merge", "Merge of independent labels"),
                ],
                max_length=16,
                verbose_name="kind",
            ),
        ),
    ]
