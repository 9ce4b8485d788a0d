"""The HTTP processes of production: ``gunicorn --config deploy/gunicorn.conf.py config.wsgi``.

The socket comes from systemd (causeway-web@.socket), so a restart loses no connection: what arrives meanwhile waits.
"""

import os
import sys
from pathlib import Path

#: The release this file belongs to, not the link ``current``: a worker started later must not load newer code.
chdir = str(Path(__file__).resolve().parent.parent)
sys.path.insert(0, chdir)

from config.logs import logging_for  # noqa: E402  # needs the line above

# Pages wait for the database more than they compute. Each thread may hold one database connection, never more.
worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))

# A worker that hangs is ended; one that is told to stop may finish what it has begun. Seconds.
timeout = 60
graceful_timeout = 30
# nginx keeps no connection open to us: a kept one would only hold up a restart.
keepalive = 0
# Memory that was lost comes back. The jitter keeps the workers from restarting all at once.
max_requests = 5000
max_requests_jitter = 1000
worker_tmp_dir = "/dev/shm"  # noqa: S108  # the heartbeat: on a slow disk a healthy worker would look dead
control_socket_disable = True

# Who may speak for a client is decided by TRUSTED_PROXIES, in config/proxies.py. gunicorn itself believes nobody.
forwarded_allow_ips = ""
# nginx writes the access log, without what must not stand in one.
accesslog = None
errorlog = "-"
# Its own lines look like those of the service.
logconfig_dict = logging_for(
    os.environ.get("LOG_FORMAT", "console"), os.environ.get("LOG_LEVEL", "INFO").upper()
)
