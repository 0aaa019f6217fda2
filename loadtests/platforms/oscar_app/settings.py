"""A django-oscar shop with its REST API; ports come from the environment."""

import os

from oscar.defaults import *  # noqa: F403  (how django-oscar is configured)

DJANGO = ["admin", "auth", "contenttypes", "sessions", "messages", "sites", "staticfiles", "flatpages"]
OSCAR = {
    "analytics": "Analytics", "checkout": "Checkout", "address": "Address", "shipping": "Shipping", "catalogue": "Catalogue",
    "catalogue.reviews": "CatalogueReviews", "communication": "Communication", "partner": "Partner", "basket": "Basket",
    "payment": "Payment", "offer": "Offer", "order": "Order", "customer": "Customer", "search": "Search", "voucher": "Voucher",
    "wishlists": "Wishlists", "dashboard": "Dashboard", "dashboard.reports": "ReportsDashboard", "dashboard.users": "UsersDashboard",
    "dashboard.orders": "OrdersDashboard", "dashboard.catalogue": "CatalogueDashboard", "dashboard.offers": "OffersDashboard",
    "dashboard.partners": "PartnersDashboard", "dashboard.pages": "PagesDashboard", "dashboard.ranges": "RangesDashboard",
    "dashboard.reviews": "ReviewsDashboard", "dashboard.vouchers": "VouchersDashboard",
    "dashboard.communications": "CommunicationsDashboard", "dashboard.shipping": "ShippingDashboard",
}  # fmt: skip
INSTALLED_APPS = [
    *(f"django.contrib.{app}" for app in DJANGO),
    "oscar.config.Shop",
    *(f"oscar.apps.{app}.apps.{name}Config" for app, name in OSCAR.items()),
    *("widget_tweaks", "haystack", "treebeard", "django_tables2", "rest_framework", "oscarapi"),
]
MIDDLEWARE = [
    "oscarapi.middleware.HeaderSessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "oscarapi.middleware.ApiBasketMiddleWare",
]
CONTEXT = [
    *(f"django.contrib.{app}.context_processors.{app}" for app in ("auth", "messages")),
    "django.template.context_processors.request",
    "oscar.core.context_processors.metadata",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": CONTEXT},
    }
]
AUTHENTICATION_BACKENDS = [
    "oscar.apps.customer.auth_backends.EmailBackend",
    "django.contrib.auth.backends.ModelBackend",
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": "127.0.0.1",
        "PORT": os.environ["DATABASE_PORT"],
        "USER": "lab",
        "NAME": "oscar",
        "CONN_MAX_AGE": 60,
    }
}
HAYSTACK_CONNECTIONS = {"default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}}
REST_FRAMEWORK = {
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.PageNumberPagination",
    "PAGE_SIZE": 50,
}
SECRET_KEY = "only on loopback"
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "urls"
STATIC_URL = "/static/"
SITE_ID = 1
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
OSCAR_ALLOW_ANON_CHECKOUT = True
OSCAR_INITIAL_ORDER_STATUS = OSCARAPI_INITIAL_ORDER_STATUS = "new"
OSCAR_ORDER_STATUS_PIPELINE = {"new": ("shipped", "cancelled"), "shipped": (), "cancelled": ()}
