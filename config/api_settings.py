"""The part of the settings that the API is made of."""

import environ

env = environ.Env()

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["text.json.StrictJSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "cases.api.representation.AlwaysJSON",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "cases.api.errors.answer",
    "DEFAULT_THROTTLE_CLASSES": ["feedback.api.limits.CallerLimit"],
    "DEFAULT_METADATA_CLASS": "cases.api.representation.MethodsOnly",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
#: Calls an hour: of one account or address in all, concerns filed, and reading with a tracking code.
API_CALLS_AN_HOUR = {
    "calls": env.int("API_CALLS_AN_HOUR", default=20_000),
    "filing": env.int("API_FILINGS_AN_HOUR", default=30),
    "filing_with_token": env.int("API_PARTNER_FILINGS_AN_HOUR", default=1_000),
    "following": env.int("API_READINGS_AN_HOUR", default=600),
}
SPECTACULAR_SETTINGS = {
    # The description is made from forms, which ask the database; check --deploy must do without one.
    "ENABLE_DJANGO_DEPLOY_CHECK": False,
    "TITLE": "Causeway",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "config.api_schema.complete",
    ],
    "APPEND_COMPONENTS": {
        "securitySchemes": {
            "trackingCode": {
                "type": "apiKey",
                "in": "header",
                "name": "X-Tracking-Code",
                "description": "The 16 digits given when the concern was filed.",
            }
        }
    },
    "ENUM_NAME_OVERRIDES": {
        "CaseState": "cases.states.State",
        "ReferralState": "cases.states.ReferralState",
        "AuthorityLevel": "cases.states.Level",
        "DivisionLevel": "routing.models.Division.Level",
        "Referable": "cases.states.Referable",
        "FilerKind": "cases.states.FilerKind",
        "ReferralKind": "cases.states.ReferralKind",
        "Proceedings": "cases.states.Proceedings",
    },
}
