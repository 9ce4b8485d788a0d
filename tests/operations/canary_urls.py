"""The product's addresses, and views that go wrong while they hold what a person wrote."""

import threading
import warnings

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import SuspiciousOperation, ValidationError
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from accounts.models import User
from config.urls import urlpatterns as product
from tests.operations.canary_tasks import break_it


@csrf_exempt
@login_not_required
def go_wrong(request, how):
    word = request.POST["word"]
    match how:
        case "crash":
            local = f"local {word}"
            raise RuntimeError(f"cannot do {word} with {local}")
        case "double":
            User.objects.create(username=f"u-{word}", name=word, role="official")
            User.objects.create(username=f"u-{word}", name=word, role="official")
        case "invalid":
            raise ValidationError({word: [f"{word} is wrong"]})
        case "suspicious":
            raise SuspiciousOperation(f"somebody sent {word}")
        case "cause":
            try:
                int(word)
            except ValueError as wrong:
                raise LookupError(word) from wrong
        case "thread":
            thread = threading.Thread(target=_die, args=(word,))
            thread.start()
            thread.join()
        case "warn":
            warnings.warn(f"beware of {word}", stacklevel=1)
        case "task":
            break_it.enqueue(word)
    return HttpResponse("done")


def _die(word):
    raise RuntimeError(word)


urlpatterns = [path("go-wrong/<str:how>/", go_wrong), *product]
handler400 = "config.pages.bad_request"
handler403 = "config.pages.forbidden"
handler404 = "config.pages.not_found"
handler500 = "config.pages.broken"
