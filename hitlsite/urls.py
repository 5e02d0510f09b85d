"""The product at the root, the admin at HITL_ADMIN_PATH."""

from django.contrib import admin
from django.urls import include, path

from .settings import ADMIN_PATH

urlpatterns = [path(ADMIN_PATH, admin.site.urls), path("", include("annotate.urls"))]

handler400 = "annotate.views.errors.bad_request"
handler403 = "annotate.views.errors.permission_denied"
handler404 = "annotate.views.errors.page_not_found"
handler500 = "annotate.views.errors.server_error"
