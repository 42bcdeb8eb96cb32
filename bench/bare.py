"""The baseline: Flask and nothing else."""

from __future__ import annotations

from flask import Flask


def create_app() -> Flask:
    app = Flask(__name__, static_folder=None)

    @app.get("/readyz")
    def hello() -> str:
        return "hello"

    return app
