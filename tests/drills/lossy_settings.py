"""The settings of the site with a channel layer that drops, doubles and reorders: for the drill ``layer``."""

from config.settings import *  # noqa: F403
from config.settings import CHANNEL_LAYERS

CHANNEL_LAYERS = {
    "default": {**CHANNEL_LAYERS["default"], "BACKEND": "tests.lossy_layer.LossyRedisLayer"},
}
