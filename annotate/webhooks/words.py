"""What is said of a webhook that could not be delivered. Kept as written here, and translated for whoever reads it."""

from django.utils.translation import gettext_noop

TEXTS = frozenset(
    {
        gettext_noop("The address is too long, or holds characters that do not belong there."),
        gettext_noop("This is not an address."),
        gettext_noop("Only http and https are reached."),
        gettext_noop("No user name and no password may stand in the address."),
        gettext_noop("It is not on the public internet; HITL_WEBHOOK_ALLOW names networks of your own."),
        gettext_noop("The certificate of the receiver is not valid."),
        gettext_noop("The name cannot be found."),
        gettext_noop("No answer came in time."),
        gettext_noop("Nobody listens there."),
        gettext_noop("The connection failed."),
        gettext_noop("The receiver did not take it."),
        gettext_noop("The receiver is gone for good; the webhook was switched off."),
        gettext_noop("The webhook was switched off."),
    }
)
"""All that guard, sending and delivering say: the first two know no Django."""
