"""Addresses of the API."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.urls import include, path, re_path
from django.views.decorators.csrf import csrf_exempt
from rest_framework.routers import SimpleRouter

from cases.api.suggestions import Suggestions
from cases.api.views import CaseViewSet, ReferralViewSet
from cases.refusals import Unseen
from config.api_docs import docs
from config.api_schema import schema_file
from feedback.api.views import ConcernViewSet
from reports.api import Summary
from routing.api import AuthorityViewSet, CategoryViewSet, DivisionViewSet, OfficeViewSet


@csrf_exempt
@login_not_required
def no_such_address(request: HttpRequest) -> JsonResponse:
    """404 for every other address, in the same bytes as for a case that is not there."""
    body = {"code": Unseen.code, "message": str(Unseen.message)}
    as_elsewhere = {"separators": (",", ":"), "ensure_ascii": False}
    return JsonResponse(body, status=404, json_dumps_params=as_elsewhere)


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
    path("schema/", schema_file, name="api_schema"),
    path("docs/", docs, name="api_docs"),
    re_path("", no_such_address),
]
