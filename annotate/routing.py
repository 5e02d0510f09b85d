"""WebSocket addresses."""

from django.urls import re_path

from .consumers import frame_socket, no_socket

websocket_urlpatterns = [
    re_path(r"^ws/frames/(?P<frame_id>[0-9]{1,18})/$", frame_socket),  # type: ignore[arg-type]
    re_path("", no_socket),  # type: ignore[arg-type]  # else Channels raises, and the server says 500
]
