"""Addresses of the queue, the workspace, moves, letters and files. They stand under a language."""

from django.urls import URLPattern, URLResolver, include, path

from cases.views import (
    case,
    composing,
    day,
    files,
    guidance,
    importing,
    intake,
    issues,
    letters,
    moves,
    queue,
    search,
    similar,
)

app_name = "cases"

_referral: list[URLPattern | URLResolver] = [
    path("", letters.referral, name="referral"),
    path("letter/", letters.letter, name="letter"),
    path("reminders/<int:number>/", letters.reminder, name="reminder"),
    path("moves/<slug:move>/", moves.of_referral, name="referral_move"),
]
_case: list[URLPattern | URLResolver] = [
    path("", case.case, name="case"),
    path("identity/", case.identity, name="identity"),
    path("similar/", similar.similar, name="similar"),
    path("issue/", issues.choose, name="issue_choose"),
    path("files/<uuid:uuid>/", files.attachment, name="file"),
    path("moves/<slug:move>/", moves.of_case, name="move"),
    path("drafts/<slug:move>/", composing.draft, name="draft"),
    path("messages/<uuid:uuid>/<slug:act>/", composing.message, name="message"),
    path("referrals/<uuid:uuid>/", include(_referral)),
]
_issue: list[URLPattern | URLResolver] = [
    path("", issues.issue, name="issue"),
    path("change/", issues.change, name="issue_change"),
    path("cases/", issues.gather, name="issue_gather"),
    path("status/<slug:change>/", issues.status, name="issue_act"),
    path("news/", issues.news, name="issue_news"),
    path("news/<int:number>/", issues.decision, name="issue_decision"),
]
urlpatterns = [
    path("", queue.queue, name="queue"),
    path("day/", day.day, name="day"),
    path("import/", importing.hand_in, name="import"),
    path("import/template/", importing.template, name="import_template"),
    path("import/<uuid:uuid>/", importing.imported, name="imported"),
    path("intake/", intake.intake, name="intake"),
    path("intake/done/", intake.done, name="intake_done"),
    path("guidance/", guidance.texts, name="guidance"),
    path("guidance/<str:code>/", guidance.text, name="guidance_text"),
    path("guidance/<str:code>/versions/<int:number>/", guidance.decision, name="guidance_decision"),
    path("search/", search.search_page, name="search"),
    path("issues/", issues.issues, name="issues"),
    path("issues/new/", issues.new, name="issue_new"),
    path("issues/<str:issue>/", include(_issue)),
    path("<str:reference>/", include(_case)),
]
