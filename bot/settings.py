"""The environment, read once into frozen `Settings` and passed down. Nothing else in Tagboat looks at `os.environ`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

N = TypeVar("N", int, float)

GITHUB_API_URL = "https://api.github.com"
DEFAULT_PORT = 8000
SHORTEST_PASSWORD = 16
ALERT_LABELS = ("repository", "environment", "severity", "release")
PROMETHEUS = "prometheus"
"""What policies call the server of PROMETHEUS_URL."""

_NAMED = re.compile(r"([A-Za-z0-9][A-Za-z0-9_.-]{0,63})=(https?://\S+)")


class SettingsError(ValueError):
    """The environment cannot be used as it is; the message names the variable, what is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that the operator decides. Secrets are kept out of `repr`, hence out of logs.

    `prometheus_servers` and `probe_targets` are addresses by the names that policies may use. `alerts_labels` says which label of an alert
    names its repository, environment, severity and release, `alerts_severities` how bad each severity is, in lower case: 1 is worst.
    """

    app_id: str
    private_key: str
    webhook_secrets: tuple[str, ...]
    github_api_url: str
    database_url: str
    redis_url: str
    host: str
    port: int
    public_url: str
    prometheus_url: str
    tick_seconds: float
    state_dir: Path
    paused: bool = False
    pages_password: str = ""
    prometheus_servers: Mapping[str, str] = field(default_factory=dict)
    probe_targets: Mapping[str, str] = field(default_factory=dict)
    alerts_tokens: tuple[str, ...] = ()
    alerts_labels: Mapping[str, str] = field(default_factory=dict)
    alerts_severities: Mapping[str, int] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Settings(app_id={self.app_id!r}, github_api_url={self.github_api_url!r}, host={self.host!r}, port={self.port})"

    @property
    def sli_servers(self) -> Mapping[str, str]:
        """Every server that SLIs can be read from, by name."""
        first = {PROMETHEUS: self.prometheus_url} if self.prometheus_url else {}
        return {**self.prometheus_servers, **first}

    @property
    def has_app(self) -> bool:
        return bool(self.app_id and self.private_key and self.webhook_secrets)


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Environment → Settings. Raises SettingsError in words for people.

    Without App credentials the settings are still valid (`has_app` is False): `tagboat run` then starts the sandbox.
    """
    state_dir = Path(environ.get("TAGBOAT_STATE_DIR", "var")).absolute()
    secrets = tuple(secret.strip() for secret in environ.get("GITHUB_WEBHOOK_SECRET", "").split(",") if secret.strip())
    app_id = environ.get("GITHUB_APP_ID", "").strip()
    private_key = _private_key(environ)
    given = {"GITHUB_APP_ID": app_id, "GITHUB_PRIVATE_KEY": private_key, "GITHUB_WEBHOOK_SECRET": secrets}
    missing = [name for name, value in given.items() if not value]
    if 0 < len(missing) < len(given):
        raise SettingsError(
            f"{' and '.join(missing)} missing. Set all of GITHUB_APP_ID, GITHUB_PRIVATE_KEY (or GITHUB_PRIVATE_KEY_PATH) and "
            "GITHUB_WEBHOOK_SECRET to connect to GitHub, or none of them to play in the sandbox."
        )
    if app_id and not app_id.isdecimal():
        raise SettingsError(f"GITHUB_APP_ID must be the App's number, as on its settings page; it is {app_id!r}.")
    host = environ.get("HOST", "127.0.0.1")
    port = _number(environ, "PORT", DEFAULT_PORT, int, 0, 65535)
    return Settings(
        app_id=app_id,
        private_key=private_key,
        webhook_secrets=secrets,
        github_api_url=_url(environ, "GITHUB_API_URL", GITHUB_API_URL),
        database_url=_database_url(environ.get("DATABASE_URL", ""), state_dir),
        redis_url=environ.get("REDIS_URL", ""),
        host=host,
        port=port,
        public_url=_url(environ, "PUBLIC_URL", f"http://{host}:{port}"),
        prometheus_url=_url(environ, "PROMETHEUS_URL", ""),
        tick_seconds=_number(environ, "TICK_SECONDS", 15.0, float, 0.1, 3600),
        state_dir=state_dir,
        paused=environ.get("TAGBOAT_PAUSED", "").lower() in {"1", "true"},
        pages_password=_password(environ),
        prometheus_servers=_named(environ, "PROMETHEUS_SERVERS"),
        probe_targets=_named(environ, "PROBE_TARGETS"),
        alerts_tokens=_tokens(environ),
        alerts_labels=_labels(environ),
        alerts_severities=_severities(environ),
    )


def _password(environ: Mapping[str, str]) -> str:
    password = environ.get("PAGES_PASSWORD", "")
    if 0 < len(password) < SHORTEST_PASSWORD:
        raise SettingsError(
            f"PAGES_PASSWORD has {len(password)} characters, and anybody may try: take at least {SHORTEST_PASSWORD}, such as "
            "`openssl rand -hex 16` makes."
        )
    return password


def _tokens(environ: Mapping[str, str]) -> tuple[str, ...]:
    tokens = tuple(token.strip() for token in environ.get("ALERTS_TOKEN", "").split(",") if token.strip())
    if any(len(token) < SHORTEST_PASSWORD for token in tokens):
        raise SettingsError(
            f"ALERTS_TOKEN has fewer than {SHORTEST_PASSWORD} characters, and anybody may try: take one such as `openssl rand -hex 32` makes."
        )
    return tokens


def _labels(environ: Mapping[str, str]) -> Mapping[str, str]:
    """`repository=repo severity=level` → the labels of alerts that are read, by what they are read for."""
    found = _pairs(environ, "ALERTS_LABELS", "repository=repo environment=env")
    if unknown := found.keys() - ALERT_LABELS:
        raise SettingsError(f"ALERTS_LABELS knows {', '.join(ALERT_LABELS)}; it has {', '.join(sorted(unknown))}.")
    return found


def _severities(environ: Mapping[str, str]) -> Mapping[str, int]:
    """`critical=1 warning=3` → how bad each severity of an alert is."""
    found = _pairs(environ, "ALERTS_SEVERITIES", "critical=1 warning=3")
    if any(level not in {"1", "2", "3", "4", "5"} for level in found.values()):
        raise SettingsError(
            "ALERTS_SEVERITIES gives each severity a number from 1, the worst, to 5: critical=1 warning=3."
        )
    return {name.casefold(): int(level) for name, level in found.items()}


def _pairs(environ: Mapping[str, str], name: str, example: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in environ.get(name, "").split():
        key, _, value = each.partition("=")
        if not key or not value or key in found:
            raise SettingsError(f"{name} cannot be read. Write pairs, separated by blanks: {name}='{example}'.")
        found[key] = value
    return found


def _private_key(environ: Mapping[str, str]) -> str:
    text, path = environ.get("GITHUB_PRIVATE_KEY", ""), environ.get("GITHUB_PRIVATE_KEY_PATH", "")
    if not text and path:
        try:
            text = Path(path).read_text(encoding="ascii")
        except (OSError, UnicodeError) as error:
            raise SettingsError(
                f"GITHUB_PRIVATE_KEY_PATH names {path}, which cannot be read: {error}. Download the key again from the App's settings page."
            ) from error
    # Hosting dashboards often flatten a PEM to one line with literal \n.
    text = text.replace("\\n", "\n").strip()
    if text and "PRIVATE KEY-----" not in text:
        raise SettingsError(
            "GITHUB_PRIVATE_KEY is not a PEM key (it should begin with -----BEGIN RSA PRIVATE KEY-----)."
        )
    return text


def _database_url(url: str, state_dir: Path) -> str:
    """SQLAlchemy's spelling of what people write; PostgreSQL always through psycopg 3."""
    if not url:
        return f"sqlite:///{state_dir / 'tagboat.db'}"
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    if url.startswith(("sqlite:///", "postgresql+psycopg://")):
        return url
    raise SettingsError("DATABASE_URL must begin with sqlite:/// or postgresql://.")


def _url(environ: Mapping[str, str], name: str, default: str) -> str:
    url = environ.get(name, "").strip() or default
    if url and not url.startswith(("http://", "https://")):
        raise SettingsError(f"{name} must be an address that begins with https:// (or http://); it is {url!r}.")
    return url.rstrip("/")


def _named(environ: Mapping[str, str], name: str) -> Mapping[str, str]:
    """`eu=https://… us=https://…` → addresses by name."""
    found: dict[str, str] = {}
    for each in environ.get(name, "").split():
        match = _NAMED.fullmatch(each)
        if match is None or match[1] in found:
            what = "names one of them twice" if match else "cannot be read"
            raise SettingsError(
                f"{name} {what}. Write names and addresses, separated by blanks: {name}='shop-prod=https://shop.example.com "
                "shop-eu=https://eu.example.com'. A name is letters, digits, `_`, `.` and `-`."
            )
        found[match[1]] = match[2].rstrip("/")
    return found


def _number(environ: Mapping[str, str], name: str, default: N, kind: type[N], low: float, high: float) -> N:
    text = environ.get(name, "").strip()
    if not text:
        return default
    try:
        value = kind(text)
    except ValueError:
        raise SettingsError(f"{name} must be a number; it is {text!r}.") from None
    if not low <= value <= high:
        raise SettingsError(f"{name} must lie between {low:g} and {high:g}; it is {value:g}.")
    return value
