"""The admin site itself: its names and its sign-in."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from ..sign_in import AdminSignInForm


def prepare_site() -> None:
    admin.site.site_header = _("HITL administration")
    admin.site.site_title = _("HITL administration")
    admin.site.index_title = _("Everything in this installation")
    admin.site.login_form = AdminSignInForm
