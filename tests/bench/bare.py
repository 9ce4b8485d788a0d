"""Views that do next to nothing: what Django itself costs."""

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path

from routing.models import Office
from tests.bench.measuring import three_rows


def bare(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


def one_query(request: HttpRequest) -> HttpResponse:
    return HttpResponse(Office.objects.get(pk="GDETO").name_en)


@transaction.non_atomic_requests
def rows(request: HttpRequest) -> HttpResponse:
    three_rows()
    return HttpResponse("ok")


urlpatterns = [path("bare/", bare), path("bare/query/", one_query), path("bare/rows/", rows)]
