"""The row of a version, from its manifest: written when the version is made, or later by a repair."""

from datetime import datetime

from django.db import transaction

from ..models import DatasetVersion, Project, User
from ..signals import dataset_versioned
from .manifest import Manifest


def store_row(project_id: int, manifest: Manifest, commit: str) -> DatasetVersion:
    """Raises Project.DoesNotExist, DatabaseError, and what a receiver of the signal raises."""
    with transaction.atomic():
        project = Project.objects.select_for_update(no_key=True).get(pk=project_id)
        version = DatasetVersion.objects.create(
            project=project,
            number=manifest.number,
            message=manifest.message,
            git_commit=commit,
            digest=manifest.digest,
            counts=manifest.counts,
            filters=manifest.filters,
            created_by=User.objects.filter(username=manifest.created_by).first(),
            created_at=datetime.fromisoformat(manifest.created_at),
        )
        dataset_versioned.send(store_row, version=version)
    return version
