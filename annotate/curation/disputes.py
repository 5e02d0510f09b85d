"""Images on which people who labelled independently disagree."""

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from ..models import Comment

SAID = gettext_noop("People disagree here. %(what)s")
"""The comment of a merge on what people dispute."""


def open_disputes() -> QuerySet[Comment]:
    """Comments of merges that nobody has resolved; told by how they begin, in every language."""
    begins = Q()
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            begins |= Q(text__startswith=(_(SAID) % {"what": ""}).rstrip())
    standing = Comment.objects.filter(parent=None, resolved_at=None, deleted_at=None)
    return standing.filter(begins, x__isnull=False).order_by()
