"""A deleted frame takes its file and thumbnail along, whoever deleted it; a file that others need stays."""

from functools import partial
from typing import Any

from django.db import transaction
from django.db.models.signals import post_delete

from ..models import Frame
from .store import delete_if_unreferenced


def forget_file(sender: type[Frame], instance: Frame, **_: Any) -> None:
    # After the commit: a rollback must find the file where it was. robust: one failure spares no other file.
    transaction.on_commit(partial(delete_if_unreferenced, instance.md5), robust=True)


def connect() -> None:
    post_delete.connect(forget_file, sender=Frame, dispatch_uid="annotate.media.cleanup")
