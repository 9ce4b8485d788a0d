"""The product's settings, with room for what eight busy clients ask in a minute."""

from config.settings import *  # noqa: F403

API_CALLS_AN_HOUR = dict.fromkeys(("calls", "filing", "filing_with_token", "following"), 10_000_000)
