"""Every setting of Jiachi: its name, default, environment variable (the same name) and what it does."""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent
MEBIBYTE = 1024 * 1024


class Settings(BaseSettings):
    """Read from the environment; an empty variable counts as not set."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore")

    INSTANCE: Path = Field(
        default=ROOT / "instance", description="folder of database, uploaded files and keys"
    )
    DATABASE_URL: str = Field(
        default="",
        description="SQLAlchemy address; empty: SQLite in INSTANCE; postgresql:// for larger sites",
    )
    SECRET_KEY: str = Field(
        default="", description="signs cookies and tokens; empty: made once and kept in INSTANCE/secret_key"
    )
    BASE_URL: str = Field(
        default="",
        description="public address used in mail and QR codes; empty: what run.sh wrote to INSTANCE/address",
    )
    TRUSTED_HOSTS: str = Field(
        default="", description="further host names, comma separated, that requests may name"
    )
    PROXIES: int = Field(
        default=0, ge=0, le=5, description="reverse proxies in front whose X-Forwarded-* are believed"
    )
    SMTP_HOST: str = Field(
        default="", description="mail server; empty: mail stays readable in the organizer's outbox"
    )
    SMTP_PORT: int = Field(default=587, ge=1, le=65535, description="port of the mail server")
    SMTP_USER: str = Field(default="", description="account on the mail server; empty: no sign-in")
    SMTP_PASSWORD: str = Field(default="", description="password of that account")
    SMTP_TLS: str = Field(
        default="starttls", pattern="^(starttls|tls|none)$", description="how the connection is protected"
    )
    MAIL_FROM: str = Field(default="jiachi@localhost", description="sender address of all mail")
    ICP_NUMBER: str = Field(default="", description="ICP filing shown in the footer (mainland China)")
    UPLOAD_LIMIT: int = Field(
        default=50 * MEBIBYTE, ge=MEBIBYTE, description="largest accepted document, in bytes"
    )
    DIAGNOSIS_THRESHOLDS: dict[str, float] = Field(
        default_factory=dict,
        description="JSON: thresholds of a panel's diagnosis other than the packaged ones (docs/ranking.md)",
    )
    RATE_LIMITS: bool = Field(default=True, description="throttle sign-in and costly requests by address")
    LOG_LEVEL: str = Field(
        default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="log threshold"
    )

    @field_validator("INSTANCE")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().resolve()

    @property
    def database_url(self) -> str:
        """The address SQLAlchemy is given, with the driver that requirements.txt holds."""
        if not self.DATABASE_URL:
            return f"sqlite:///{self.INSTANCE / 'jiachi.sqlite'}"
        for plain in ("postgres://", "postgresql://"):
            if self.DATABASE_URL.startswith(plain):
                return "postgresql+psycopg://" + self.DATABASE_URL.removeprefix(plain)
        return self.DATABASE_URL

    @property
    def base_url(self) -> str:
        """Public address without a trailing slash."""
        if self.BASE_URL:
            return self.BASE_URL.rstrip("/")
        address = self.INSTANCE / "address"
        if address.exists():
            return address.read_text(encoding="utf-8").strip().rstrip("/")
        return f"http://127.0.0.1:{os.environ.get('PORT') or 8000}"

    @property
    def is_https(self) -> bool:
        return self.base_url.startswith("https://")

    @property
    def trusted_hosts(self) -> list[str]:
        """Host names a request may carry; anything else is answered with 400."""
        named = [urlsplit(self.base_url).hostname or "", *self.TRUSTED_HOSTS.split(",")]
        return sorted({host.strip() for host in named if host.strip()} | {"127.0.0.1", "localhost", "[::1]"})

    def secret_key(self) -> str:
        """The configured key, or one made on first use and kept readable by the owner alone."""
        if self.SECRET_KEY:
            if len(self.SECRET_KEY) < 32:
                raise ValueError("SECRET_KEY is shorter than 32 characters: leave it empty to have one made")
            if self.is_https and len(set(self.SECRET_KEY)) < 8:
                raise ValueError("SECRET_KEY repeats itself: leave it empty to have one made")
            return self.SECRET_KEY
        path = self.INSTANCE / "secret_key"
        try:
            self.INSTANCE.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_text(encoding="ascii").strip()
        except OSError as error:
            print(f"INSTANCE={self.INSTANCE} can't be written to: {error.strerror}", file=sys.stderr)
            raise SystemExit(3) from None
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32))
        return path.read_text(encoding="ascii").strip()
