"""How the web server runs: 2 processes of 64 threads; one of them is elected to run the periodic jobs."""

import gc
import os

bind = [f"127.0.0.1:{os.environ.get('PORT') or 8000}"]
wsgi_app = "app:create_app()"
workers = int(os.environ.get("WEB_WORKERS") or 2)
worker_class = "gthread"
threads = 64
timeout = 60
graceful_timeout = 20
keepalive = 5
limit_request_line = 4094
limit_request_fields = 60
loglevel = "warning"
control_socket_disable = True


def post_worker_init(worker):
    """The application is loaded: join the election, and tell once that the site answers."""
    from core import jobs

    # What is there now stays: a collector that never looks at it again saves a fifth of every page.
    gc.collect()
    gc.freeze()
    jobs.start_when_elected(worker.wsgi)
    if worker.age == 1 and os.environ.get("JIACHI_ANNOUNCE"):
        print(f"Jiachi is at http://127.0.0.1:{os.environ['PORT']}", flush=True)
