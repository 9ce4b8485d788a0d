"""Where every address leads. Each room keeps its own list; pages people read stand under a language."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from config.pages import choose_language
from operations import urls as operations

urlpatterns = [
    *operations.for_machines,
    path("", include("config.well_known")),
    path("accounts/", include("accounts.urls")),
    path("admin/", admin.site.urls),
    path("api/v1/", include("config.api")),
    path("language/", choose_language, name="choose_language"),
    path("", include("feedback.root_urls")),
    *i18n_patterns(
        path("", include("feedback.urls")),
        path("cases/", include("cases.urls")),
        path("reports/", include("reports.urls")),
        path("operations/", include("operations.urls")),
    ),
]
handler400 = "config.pages.bad_request"
handler403 = "config.pages.forbidden"
handler404 = "config.pages.not_found"
handler500 = "config.pages.broken"
