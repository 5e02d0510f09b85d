"""The ASGI application: HTTP by Django, WebSockets by Channels. Served by Daphne or uvicorn alike."""

import os

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hitlsite.settings")
http_application = get_asgi_application()

from annotate.routing import websocket_urlpatterns  # noqa: E402  (models need the app registry)

application = ProtocolTypeRouter({"http": http_application, "websocket": URLRouter(websocket_urlpatterns)})
