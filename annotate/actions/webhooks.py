"""Making and changing the webhooks of a project, for its pages and the API."""

import logging
from collections.abc import Collection

from django.conf import settings
from django.utils.translation import gettext as _

from ..models import Project, User, Webhook
from ..webhooks.guard import NotAllowed, addresses_of, resolve, target_of
from ..webhooks.signing import new_secret

logger = logging.getLogger(__name__)

MOST = 20


class WebhookRefused(Exception):
    """Nothing was changed. ``code``: url, or too_many_webhooks. The text is for the person."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


def check_url(url: str) -> None:
    """What can be said of it now: the web server may know fewer names than the one that delivers, which judges the
    address again whenever something is sent. Raises WebhookRefused."""
    try:
        addresses_of(target_of(url), settings.WEBHOOK_ALLOW, look_up=resolve)
    except NotAllowed as refused:
        raise WebhookRefused("url", _(str(refused))) from refused
    except OSError:
        logger.info("a webhook was set to a name that cannot be found from here")


def make(project: Project, url: str, events: Collection[str], user: User) -> Webhook:
    """With a secret of its own, which is to be shown once. Raises WebhookRefused."""
    if project.webhooks.count() >= MOST:
        text = _("A project has at most %(most)s webhooks.") % {"most": MOST}
        raise WebhookRefused("too_many_webhooks", text)
    check_url(url)
    return project.webhooks.create(url=url, events=sorted(set(events)), secret=new_secret(), created_by=user)


def change(
    hook: Webhook,
    *,
    url: str | None = None,
    events: Collection[str] | None = None,
    is_active: bool | None = None,
) -> None:
    """What is None stays; the secret stays. Raises WebhookRefused."""
    if url is not None:
        check_url(url)
        hook.url = url
    if events is not None:
        hook.events = sorted(set(events))
    if is_active is not None:
        hook.is_active = is_active
    hook.save(update_fields=["url", "events", "is_active"])
