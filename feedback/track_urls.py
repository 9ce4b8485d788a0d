"""Following a case, under ``/<lang>/track/``."""

from django.urls import path

from feedback import confirming, following, mine, personal_data, receipts, tracking

urlpatterns = [
    path("my/", mine.mine, name="mine"),
    path("my/code/", mine.mine_code, name="mine_code"),
    path("track/", tracking.enter, name="track"),
    path("track/sign-out/", tracking.sign_out, name="track_sign_out"),
    path("track/<str:reference>/", following.show, name="track_case"),
    path("track/<str:reference>/events/", following.new_events, name="track_events"),
    path("track/<str:reference>/files/<uuid:uuid>/", following.file, name="track_file"),
    path("track/<str:reference>/receipt/", receipts.of_followed, name="track_receipt"),
    path("track/<str:reference>/email/", confirming.confirm_followed, name="track_email"),
    path("track/<str:reference>/your-data/", personal_data.show, name="track_data"),
    path("track/<str:reference>/your-data/copy/", personal_data.copy, name="track_data_copy"),
    path("track/<str:reference>/<str:move>/", following.make_move, name="track_move"),
]
