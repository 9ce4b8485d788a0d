"""Run as a program: people and reference data for the processes whose logs are read."""

import django

django.setup()

from rest_framework.authtoken.models import Token  # noqa: E402

from routing.loading import load  # noqa: E402
from tests.cast import make_cast  # noqa: E402

load()
cast = make_cast()
print(Token.objects.create(user=cast.amina).key)
