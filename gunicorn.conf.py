"""How the web server runs: 2 processes of 64 threads; one of them is elected to run the periodic jobs."""

import os

bind = [f"127.0.0.1:{os.environ.get('PORT') or 8000}"]
workers = int(os.environ.get("WEB_WORKERS") or 2)
worker_class = "gthread"
threads = 64
timeout = 60
graceful_timeout = 20
keepalive = 5
max_requests = 0
wsgi_app = "app:create_app()"
worker_tmp_dir = "/dev/shm"
limit_request_line = 4094
limit_request_fields = 60


def post_worker_init(worker):
    import core.jobs

    core.jobs.start_when_elected(
        worker.wsgi.__self__ if hasattr(worker.wsgi, "__self__") else worker.app.callable
    )
