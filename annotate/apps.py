from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AnnotateConfig(AppConfig):
    name = "annotate"
    verbose_name = _("Annotation")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import planner
        from .datasets import marks, pictures
        from .datasets.repository import is_kept
        from .jobs import repropose, thumbnail, train
        from .media import cleanup, store
        from .tracking import handlers
        from .webhooks import outbox

        post_migrate.connect(planner.tell_sqlite, sender=self)
        post_migrate.connect(marks.install, sender=self)
        marks.connect()
        cleanup.connect()
        thumbnail.connect()
        handlers.connect()
        outbox.connect()
        store.KEEPERS.append(is_kept)
        pictures.connect()
        repropose.connect()
        train.connect()
