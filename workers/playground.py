"""What `tagboat run` does for people without App credentials: made-up ones, and the sandbox as the GitHub that they are good for."""

import secrets
import shutil
import socket
import sys
from dataclasses import dataclass, replace

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.settings import Settings
from workers.children import Process

LOOPBACK = "127.0.0.1"
TICK_SECONDS = 1.0
APP_ID = "1"


@dataclass(frozen=True, slots=True)
class Playground:
    """Settings for the sandbox, its process, and the page to look at."""

    settings: Settings
    process: Process
    page: str


def make_playground(settings: Settings, address: str, inherited: int) -> Playground:
    """A world of its own below the state directory, begun anew each time, as the sandbox is. `address` is that of our web process,
    `inherited` a descriptor for the child. Raises OSError.
    """
    home = settings.state_dir / "sandbox"
    for left in home.glob("tagboat.db*"):
        left.unlink()
    shutil.rmtree(home / "log", ignore_errors=True)
    (home / "log").mkdir(parents=True)
    home.chmod(0o700)
    port, secret = _free_port(), secrets.token_urlsafe(32)
    private, public = _key_pair()
    key_file = home / "public.pem"
    key_file.write_text(public)
    page = f"http://{LOOPBACK}:{port}"
    command = [sys.executable, "-m", "sandbox", "--port", str(port), "--app-id", APP_ID, "--key-file", str(key_file)]
    command += ["--webhook-url", f"{address}/webhooks"]
    return Playground(
        settings=replace(
            settings,
            app_id=APP_ID,
            private_key=private,
            webhook_secrets=(secret,),
            github_api_url=f"{page}/api/v3",
            prometheus_url=f"{page}/prometheus",
            probe_targets={"shop-prod": f"{page}/service/production/$track"},
            database_url=f"sqlite:///{home / 'tagboat.db'}",
            tick_seconds=min(settings.tick_seconds, TICK_SECONDS),
            state_dir=home,
        ),
        process=Process(
            "sandbox", tuple(command), {"SANDBOX_WEBHOOK_SECRET": secret}, descriptors=(inherited,), precious=True
        ),
        page=f"{page}/",
    )


def _key_pair() -> tuple[str, str]:
    """PEM texts of a new RSA key, private and public."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind((LOOPBACK, 0))
        return int(free.getsockname()[1])
