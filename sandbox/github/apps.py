"""GitHub Apps: how they prove who they are, what they are installed on, and what their tokens may do.

JWTs are verified for real (RS256 by the App's public key). Installation tokens have the long form that GitHub hands out since 2026 and live
for an hour of sandbox time. Creating an App from a manifest works as on GitHub: a code, good once and for an hour, is exchanged for it.
"""

from __future__ import annotations

import base64
import re
import secrets
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox.github.accounts import Actor, App, HookConfig, Installation, Token, User
from sandbox.github.errors import GitHubError, bad_credentials, not_found, refused
from sandbox.github.events import emit_installation, named, ping
from sandbox.github.fields import check_items, check_kinds
from sandbox.github.state import Repository
from sandbox.github.world import World

TOKEN_LIFE = 3600.0
JWT_LIFE = 600
CODE_LIFE = 3600.0
LEVELS = ("read", "write", "admin")


def read_public_key(pem: str | bytes) -> Any:
    """The public key in a PEM text, of the private or the public key. ValueError if it is neither."""
    raw = pem.encode() if isinstance(pem, str) else pem
    if b"PRIVATE KEY" in raw:
        return serialization.load_pem_private_key(raw, password=None).public_key()
    return serialization.load_pem_public_key(raw)


def make_key() -> tuple[str, Any]:
    """A fresh private key as PEM, and its public key."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    return pem.decode(), key.public_key()


def authenticate(world: World, assertion: str) -> App:
    """The App that signed this JWT. 401 with GitHub's reason if it is not valid now."""
    undecodable = GitHubError(401, "A JSON web token could not be decoded")
    try:
        claims = jwt.decode(assertion, options={"verify_signature": False})
        algorithm = jwt.get_unverified_header(assertion).get("alg")
    except jwt.PyJWTError:
        raise undecodable from None
    issuer = str(claims.get("iss", ""))
    app = next((app for app in world.apps.values() if issuer in (str(app.id), app.client_id)), None)
    if app is None or app.public_key is None:
        raise (
            GitHubError(404, "Integration not found")
            if issuer
            else GitHubError(401, "'Issuer' claim ('iss') must be an Integer")
        )
    if algorithm != "RS256":
        raise undecodable
    try:
        jwt.decode(
            assertion,
            app.public_key,
            algorithms=["RS256"],
            options={
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
                "verify_aud": False,
                "verify_iss": False,
            },
        )
    except jwt.PyJWTError:
        raise undecodable from None
    now, issued, expires = world.jwt_now(), claims.get("iat"), claims.get("exp")
    if not isinstance(expires, int | float):
        raise GitHubError(401, "Missing 'expiration time' claim ('exp') in assertion")
    if not isinstance(issued, int | float):
        raise GitHubError(401, "Missing 'issued at' claim ('iat') in assertion")
    if issued > now + 1:
        raise GitHubError(
            401, "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
        )
    if expires <= now:
        raise GitHubError(
            401,
            "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
        )
    if expires > now + JWT_LIFE + 1:
        raise GitHubError(401, "'Expiration time' claim ('exp') is too far in the future")
    return app


def install(
    world: World, app: App, account: User, repositories: list[Repository] | None = None, *, by: User | None = None
) -> Installation:
    """Install the App on an account, for all repositories or for these. Tells the App."""
    installation = Installation(
        id=world.new_id(),
        app=app,
        account=account,
        repositories=None if repositories is None else {repo.id for repo in repositories},
        permissions=dict(app.permissions),
        events=list(app.events),
        created_at=float(int(world.now())),
    )
    world.installations[installation.id] = installation
    for repo in reachable(world, installation):
        world.changed(repo)
    shown = named(reachable(world, installation))
    emit_installation(
        world, installation, "installation", "created", Actor(by or account), repositories=shown, requester=None
    )
    return installation


def uninstall(world: World, installation: Installation, *, by: User | None = None) -> None:
    shown = named(reachable(world, installation))
    del world.installations[installation.id]
    world.tokens = {text: token for text, token in world.tokens.items() if token.installation is not installation}
    emit_installation(
        world, installation, "installation", "deleted", Actor(by or installation.account), repositories=shown
    )


def change_repositories(
    world: World,
    installation: Installation,
    *,
    add: list[Repository] | None = None,
    remove: list[Repository] | None = None,
    by: User | None = None,
) -> None:
    """Add or remove repositories of an installation on selected ones. Tells the App."""
    selected = installation.repositories
    if selected is None:
        raise refused("The App is installed on all repositories.")
    for action, repositories in (("added", add or []), ("removed", remove or [])):
        if not repositories:
            continue
        for repo in repositories:
            selected.add(repo.id) if action == "added" else selected.discard(repo.id)
        emit_installation(
            world,
            installation,
            "installation_repositories",
            action,
            Actor(by or installation.account),
            repository_selection="selected",
            repositories_added=named(repositories) if action == "added" else [],
            repositories_removed=named(repositories) if action == "removed" else [],
            requester=None,
        )


def reachable(world: World, installation: Installation, token: Token | None = None) -> list[Repository]:
    """The repositories of an installation, or those that one of its tokens is for."""
    chosen = token.repositories if token is not None and token.repositories is not None else installation.repositories
    return [
        repo
        for repo in world.repos.values()
        if repo.owner == installation.account and (chosen is None or repo.id in chosen)
    ]


def installation_of(world: World, app: App, repo: Repository) -> Installation | None:
    for installation in world.installations.values():
        if installation.app is app and repo in reachable(world, installation):
            return installation
    return None


def create_token(world: World, installation: Installation, wanted: dict[str, Any]) -> tuple[Token, set[int] | None]:
    """`POST access_tokens`. Returns the token, and the repositories it was asked for, if any."""
    if installation.suspended_at is not None:
        raise GitHubError(403, "This installation has been suspended")
    permissions = dict(installation.permissions)
    check_kinds(wanted, permissions=dict)
    check_items(wanted, repositories=str, repository_ids=int)
    asked = wanted.get("permissions")
    if asked is not None:
        for name, level in asked.items():
            granted = permissions.get(name)
            if level not in LEVELS or granted is None or LEVELS.index(level) > LEVELS.index(granted):
                raise refused("The permissions requested are not granted to this installation.")
        permissions = {"metadata": "read", **asked}
    chosen: set[int] | None = None
    if wanted.get("repositories") is not None or wanted.get("repository_ids") is not None:
        names, ids = set(wanted.get("repositories") or ()), set(wanted.get("repository_ids") or ())
        found = [repo for repo in reachable(world, installation) if repo.name in names or repo.id in ids]
        if len(found) < len(names | ids):
            raise refused(
                "There is at least one repository that does not exist or is not accessible to the parent installation."
            )
        chosen = {repo.id for repo in found}
    claims = "".join(secrets.token_urlsafe(48) for _ in range(4))
    head = base64.urlsafe_b64encode(b'{"alg":"ES256","typ":"JWT"}').decode().rstrip("=")
    text = f"ghs_{installation.app.id}_{head}.{claims}.{secrets.token_urlsafe(64)}"
    token = Token(
        text,
        installation.app.bot,
        installation,
        permissions,
        installation.repositories if chosen is None else chosen,
        float(int(world.now())) + TOKEN_LIFE,
    )
    world.tokens[text] = token
    return token, chosen


def check_token(world: World, text: str) -> Token:
    """The valid token of this text; 401 if it is unknown or has expired."""
    token = world.tokens.get(text)
    if token is None or (token.expires_at is not None and token.expires_at <= world.now()):
        raise bad_credentials()
    return token


# --- creating an App from its manifest -------------------------------------------------------------------------------------------


def submit_manifest(world: World, manifest: dict[str, Any]) -> str:
    """A person sent this manifest to the form for new Apps. Returns the code for `convert_manifest`."""
    if not manifest.get("url"):
        raise refused("The manifest has no url.")
    code = secrets.token_hex(20)
    world.manifests[code] = (world.now() + CODE_LIFE, manifest)
    return code


def convert_manifest(world: World, code: str, owner: User) -> tuple[App, dict[str, str]]:
    """`POST app-manifests/{code}/conversions`: the new App and its secrets (pem, webhook_secret, client_secret)."""
    expires, manifest = world.manifests.pop(code, (0.0, {}))
    if expires <= world.now():
        raise not_found()
    pem, public = make_key()
    name = str(manifest.get("name") or f"app-{world.new_id()}")
    attributes = manifest.get("hook_attributes") or {}
    hook = HookConfig(url=str(attributes.get("url") or ""), secret=secrets.token_hex(20))
    app = world.add_app(
        re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-"),
        name,
        owner,
        permissions=manifest.get("default_permissions") or {},
        events=manifest.get("default_events") or [],
        public_key=public,
        hook=hook,
        external_url=str(manifest["url"]),
        description=manifest.get("description"),
    )
    ping(world, app) if hook.url else None
    return app, {"client_secret": secrets.token_hex(20), "webhook_secret": hook.secret, "pem": pem}
