from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AnnotateConfig(AppConfig):
    name = "annotate"
    verbose_name = _("Annotation")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from .jobs import thumbnail
        from .media import cleanup
        from .tracking import handlers

        cleanup.connect()
        thumbnail.connect()
        handlers.connect()
