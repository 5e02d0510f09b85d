"""Settings. Every HITL_* variable is described in docs/operations.md; unset means the embedded default."""

from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from annotate.headers import add_headers

from . import env
from .secret import secret_key

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION = "0.1.0"
GIT_COMMIT = env.text("HITL_GIT_COMMIT")  # of this program, for MLflow; a checkout knows it by itself

DATA_DIR = env.folder("HITL_DATA_DIR", BASE_DIR / "data")
STORE_DIR = DATA_DIR / "store"  # images, content-addressed by md5 in the layout of DVC's cache
SCRATCH_DIR = DATA_DIR / "scratch"  # uploads being received; safe to empty while stopped
THUMBNAIL_DIR = DATA_DIR / "thumbnails"
MODELS_DIR = DATA_DIR / "models"  # weights, content-addressed by sha256
DATASETS_DIR = DATA_DIR / "datasets"  # a git and DVC repository per project; its cache is the store
TRAININGS_DIR = DATA_DIR / "trainings"  # a folder per training, in which the pipeline runs
EXPORTS_DIR = DATA_DIR / "exports"  # files ready to be fetched, a while
SCRATCH_DIR.mkdir(exist_ok=True, mode=0o750)

DEBUG = env.flag("HITL_DEBUG", False)
FULL_MODE = bool(env.text("HITL_DATABASE_URL") and env.text("HITL_REDIS_URL"))
SECRET_KEY = secret_key(DATA_DIR, required=FULL_MODE)
ALLOWED_HOSTS = env.words("HITL_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
SITE_ORIGINS = env.words("HITL_SITE_ORIGINS")  # extra exact scheme://host:port; same origin is always allowed
CSRF_TRUSTED_ORIGINS = SITE_ORIGINS
TLS = env.flag("HITL_TLS", False)  # the site is reached over https, through a proxy that we trust
if TLS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$"]
    # HSTS for other names below this one, and its preload list: for the owner of the domain to decide.
    SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = TLS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_NAME = "hitl_session"  # a port is not part of a cookie's scope: MLflow is one host away
CSRF_COOKIE_NAME = "hitl_csrf"

INSTALLED_APPS = [
    "daphne",
    "annotate.apps.AnnotateConfig",  # before the admin: its templates go before those of Django
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "channels",
]
MIDDLEWARE = [
    "annotate.middleware.PageMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "annotate.middleware.UserLanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "hitlsite.urls"
ASGI_APPLICATION = "hitlsite.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "annotate.views.tracking_links.mlflow_state",
            ]
        },
    }
]

DATABASES: dict[str, Any] = {"default": env.database("HITL_DATABASE_URL", DATA_DIR / "hitl.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.text("HITL_REDIS_URL")
CHANNEL_LAYERS: dict[str, Any] = {
    "default": (
        {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [REDIS_URL], "prefix": "hitl"},
        }
        if REDIS_URL
        else {"BACKEND": "channels.layers.InMemoryChannelLayer"}
    )
}

AUTH_USER_MODEL = "annotate.User"
AUTHENTICATION_BACKENDS = ["annotate.sign_in.ThrottledBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
ADMIN_PATH: str = env.text("HITL_ADMIN_PATH", "admin/").strip("/") + "/"
CSRF_FAILURE_VIEW = "annotate.views.errors.csrf_failure"
HEALTH_TOKEN = env.text("HITL_HEALTH_TOKEN")  # shows /readyz in full to a probe that sends it
MIN_FREE_BYTES = env.number("HITL_MIN_FREE_MB", 500) * 1_000_000  # below this /readyz says 503
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "projects"
LOGOUT_REDIRECT_URL = "login"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("fr", _("French"))]
LOCALE_PATHS = [BASE_DIR / "annotate" / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = f"/static/{VERSION}/"  # the version in the path lets files be cached for ever
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "frontend"]
WHITENOISE_MAX_AGE = 0 if DEBUG else 31_536_000
WHITENOISE_USE_FINDERS = True
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_ADD_HEADERS_FUNCTION = add_headers

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"}},
    "filters": {"request_id": {"()": "annotate.middleware.RequestIdFilter"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["request_id"]}
    },
    "root": {"handlers": ["stderr"], "level": env.text("HITL_LOG_LEVEL", "INFO")},
    "loggers": {  # INFO is lines about themselves at each start
        "daphne": {"level": "WARNING"},
        "celery": {"level": "WARNING"},
        "kombu": {"level": "WARNING"},
    },
}

# Work that outlasts a request (annotate.jobs): by the worker on this machine, or by Celery on Redis.
PULSE_DIR = Path(env.text("HITL_PULSE_DIR")) if env.text("HITL_PULSE_DIR") else None  # annotate/pulse.py
JOB_ENGINE = env.choice("HITL_JOB_ENGINE", ("embedded", "celery"))
if JOB_ENGINE == "celery" and not REDIS_URL:
    raise env.SettingError("HITL_JOB_ENGINE=celery needs HITL_REDIS_URL")
FETCH_WEIGHTS = env.flag("HITL_FETCH_WEIGHTS", True)  # manage.py up gets the default detector
RUNTIMES = ("onnxruntime", "openvino", "openvino-16")  # of ONNX files
DETECTOR_RUNTIME = env.choice("HITL_DETECTOR_RUNTIME", RUNTIMES)
INFERENCE_THREADS = env.number("HITL_INFERENCE_THREADS", 0)  # of one detection; 0 takes all cores
DETECT_TIMEOUT_S = env.number(
    "HITL_DETECT_TIMEOUT_S", 60
)  # of a model for one picture (annotate/ai/limits.py)
if DETECT_TIMEOUT_S < 1:
    raise env.SettingError(
        f"HITL_DETECT_TIMEOUT_S={DETECT_TIMEOUT_S}: use a whole number of seconds from 1 on"
    )
TRAINING_MINUTES = env.number(
    "HITL_TRAINING_MINUTES", 240
)  # of one training, unless it is given another limit
TRAINING_MEMORY_MB = env.number(
    "HITL_TRAINING_MEMORY_MB", 0
)  # the same; 0 takes four fifths of the machine's

# Where copies of dataset versions are kept (annotate.datasets): a folder, or s3://bucket/prefix.
DVC_REMOTE = env.remote("HITL_DVC_REMOTE")
DVC_REMOTE_ENDPOINT = env.text("HITL_DVC_REMOTE_ENDPOINT")  # of an S3-compatible store that is not Amazon's

# MLflow (annotate.tracking). What happens is recorded in any case and delivered when there is an address.
TRACKING = env.flag("HITL_TRACKING", True)
MLFLOW_URL = env.text("HITL_MLFLOW_URL")  # with its prefix, /mlflow; manage.py up gives its own
MLFLOW_BIND = env.text("HITL_MLFLOW_BIND", "127.0.0.1:5001")  # of the one that manage.py up starts

# Live editing (annotate.sync). Limits hold per process.
SYNC_OPS_PER_SECOND = env.number("HITL_OPS_PER_SECOND", 40)
SYNC_OPS_BURST = env.number("HITL_OPS_BURST", 5000)  # all boxes of a full image moved at once
SYNC_SOCKETS_PER_USER = env.number("HITL_SOCKETS_PER_USER", 10)
SYNC_SOCKETS_PER_FRAME = env.number("HITL_SOCKETS_PER_FRAME", 60)

# The API (annotate.api) and what it tells others (annotate.webhooks).
API_REQUESTS_PER_SECOND = env.number("HITL_API_REQUESTS_PER_SECOND", 20)  # of one person, per process
DELIVER_WEBHOOKS = env.flag("HITL_DELIVER_WEBHOOKS", True)  # by the worker; else deliver_webhooks does
WEBHOOK_ALLOW = env.networks("HITL_WEBHOOK_ALLOW")  # own networks, besides the internet

# Images, archives and videos coming in (annotate.media, docs/images.md).
MAX_UPLOAD_BYTES = env.number("HITL_MAX_UPLOAD_BYTES", 2 * 1024**3)  # one archive or video, as it is sent
UPLOADS_PER_USER = env.number("HITL_UPLOADS_PER_USER", 10)  # on their way at once, per process
WAITING_UPLOADS_PER_USER = env.number(
    "HITL_WAITING_UPLOADS_PER_USER", 50
)  # archives and videos not yet added
MAX_BODY_BYTES = 1024**2  # of every request that is not an upload
MAX_IMAGE_BYTES = env.number("HITL_MAX_IMAGE_BYTES", 256 * 1024**2)  # one image file, also inside an archive
MAX_PIXELS = env.number("HITL_MAX_PIXELS", 120_000_000)  # of one image, read from its header
MAX_ARCHIVE_BYTES = env.number("HITL_MAX_ARCHIVE_BYTES", 8 * 1024**3)  # one archive, unpacked
MAX_VIDEO_FRAMES = env.number("HITL_MAX_VIDEO_FRAMES", 20_000)  # images made from one video
VIDEO_CPU_SECONDS = env.number("HITL_VIDEO_CPU_SECONDS", 3600)  # of decoding one video, over all cores
VIDEO_MEMORY_BYTES = env.number("HITL_VIDEO_MEMORY_MB", 4096) * 1024**2  # address space of that process
FILE_UPLOAD_TEMP_DIR = SCRATCH_DIR
FILE_UPLOAD_PERMISSIONS = 0o640
