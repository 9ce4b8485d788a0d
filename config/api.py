"""Addresses of the API."""

from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularJSONAPIView
from rest_framework.routers import SimpleRouter

from cases.api.errors import no_such_address
from cases.api.suggestions import Suggestions
from cases.api.views import CaseViewSet, ReferralViewSet
from config.api_docs import docs
from feedback.api.views import ConcernViewSet
from reports.api import Summary
from routing.api import AuthorityViewSet, CategoryViewSet, DivisionViewSet, OfficeViewSet

router = SimpleRouter()
router.register("concerns", ConcernViewSet, basename="concern")
router.register("cases", CaseViewSet, basename="case")
router.register("referrals", ReferralViewSet, basename="referral")
router.register("offices", OfficeViewSet, basename="office")
router.register("divisions", DivisionViewSet, basename="division")
router.register("categories", CategoryViewSet, basename="category")
router.register("authorities", AuthorityViewSet, basename="authority")

urlpatterns = [
    path("", include(router.urls)),
    path("suggestions/", Suggestions.as_view(), name="api_suggestions"),
    path("reports/summary/", Summary.as_view(), name="api_reports_summary"),
    path("schema/", SpectacularJSONAPIView.as_view(), name="api_schema"),
    path("docs/", docs, name="api_docs"),
    re_path("", no_such_address),
]
