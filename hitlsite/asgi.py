"""The ASGI application: files by WhiteNoise, pages by Django, WebSockets by Channels. Under Daphne or uvicorn."""

import gc
import os

import django
from channels.routing import ProtocolTypeRouter, URLRouter

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hitlsite.settings")
django.setup(set_prefix=False)

from annotate import daphne_sockets, daphne_streams  # noqa: E402  (the models behind these need the app registry)
from annotate.bodies import BodyHandler  # noqa: E402
from annotate.routing import websocket_urlpatterns  # noqa: E402
from hitlsite.static_files import StaticFiles  # noqa: E402

daphne_sockets.install()
daphne_streams.install()
application = ProtocolTypeRouter(
    {"http": StaticFiles(BodyHandler()), "websocket": URLRouter(websocket_urlpatterns)}
)

# What is loaded now lives as long as the process. Looking at it in every full collection would stop everybody
# for tens of milliseconds.
gc.collect()
gc.freeze()
