"""Background work does not stand in the administration: the operator's page shows what failed, without its words."""

from django.contrib import admin
from django_tasks_db.models import DBTaskResult

admin.site.unregister(DBTaskResult)
