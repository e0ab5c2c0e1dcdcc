"""Secrets: files in `secrets/`, one each, which only their owner can read. Their contents go nowhere else.

A generated password is made once and stays. A secret of the spec, be it kept in a file of the project or in an
environment variable, is laid under its name beside them, so that every rendered file refers to secrets in one way.
"""

from __future__ import annotations

import base64
import json
import os
import re
from typing import TYPE_CHECKING, Protocol

from compose.fault import Trouble
from spec.names import USER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

FOLDER = "secrets"
COST = 10
"""Rounds of bcrypt as a power of two: about 50 ms a check, which Prometheus caches."""
BCRYPT_LIMIT = 72
"""Bytes of a password which bcrypt looks at."""
BCRYPT_HASH = re.compile(r"\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}")


class Reference(Protocol):
    """Where a secret of the spec is."""

    @property
    def file(self) -> str | None:
        """A file of the project."""

    @property
    def env(self) -> str | None:
        """A variable of the environment."""

    @property
    def generate(self) -> bool:
        """Made at random here."""


def password_name(component: str) -> str:
    """The file that holds the password of a component's basic authentication."""
    return f"{component}-password"


def ensure(root: Path, names: Iterable[str]) -> None:
    """Make each of these passwords that is not there yet: 32 random characters, readable by the owner only."""
    import secrets as random

    folder = _folder(root)
    for name in names:
        path = folder / name
        if path.exists():
            refuse_open(path)
        else:
            _create(path, random.token_urlsafe(24).encode())


def materialise(root: Path, references: Mapping[str, Reference]) -> None:
    """Lay every secret of the spec under its name in `secrets/`.

    One that comes from an environment variable is kept, so that a later `up` from another shell works, too. Raises one
    Trouble which names all that cannot be found.
    """
    folder = _folder(root)
    absent = []
    for name, reference in references.items():
        if reference.generate:
            ensure(root, (name,))
            continue
        content = _content(root, reference)
        if content:
            _lay(folder / name, content)
        elif not (reference.env and (folder / name).exists()):
            absent.append(f"{name}: {_place(reference)}")
    if absent:
        raise Trouble("secrets are missing:\n" + "\n".join(absent), "put each where the spec says, then try again")


def read(root: Path, name: str) -> str:
    """A secret's content, without the newline at its end. Raises Trouble, in which the content never appears."""
    path = root / FOLDER / name
    try:
        return path.read_text().rstrip("\n")
    except FileNotFoundError:
        raise Trouble(f"{path} is not there", "`specola up` makes it") from None
    except (OSError, UnicodeDecodeError) as error:
        raise Trouble(f"{path} cannot be read: {type(error).__name__}", "check who owns it and its mode") from None


def lay(root: Path, name: str, content: str) -> None:
    """Keep a secret that somebody else made, under this name."""
    _lay(_folder(root) / name, content.encode())


def remove(root: Path, name: str) -> None:
    """Forget a secret."""
    (root / FOLDER / name).unlink(missing_ok=True)


def named(root: Path, beginning: str) -> frozenset[str]:
    """What the names of secrets go on with, of those that begin so."""
    folder = root / FOLDER
    found = folder.iterdir() if folder.is_dir() else ()
    return frozenset(path.name.removeprefix(beginning) for path in found if path.name.startswith(beginning))


def web_config(root: Path, component: str, certificate: str = "", key: str = "", auth: bool = True) -> Path:
    """Write the web configuration of Prometheus' family: who may come in, and with which certificate.

    The file changes only when the password, the certificate's place or the key's does: a fresh hash of the same
    password would look like an edit.
    """
    path = _folder(root) / f"{component}-web.yml"
    old = path.read_text() if path.exists() else ""
    if old:
        refuse_open(path)
    text = ""
    if auth:
        text += f"basic_auth_users:\n  {USER}: '{_hash(read(root, password_name(component)), old)}'\n"
    if certificate:
        text += f"tls_server_config:\n  cert_file: {_quoted(certificate)}\n  key_file: {_quoted(key)}\n"
    text = text or "{}\n"
    if text != old or not path.exists():
        _lay(path, text.encode())
    return path


def credentials(root: Path, component: str) -> Path:
    """Write `secrets/<component>-basic`: base64 of `user:password`, for a client that reads no plain password file."""
    path = _folder(root) / f"{component}-basic"
    _lay(path, base64.b64encode(f"{USER}:{read(root, password_name(component))}".encode()))
    return path


def redis(root: Path, address: str) -> None:
    """Write the settings that Redis starts with, and for its exporter the password at that address."""
    password, folder = read(root, password_name("redis")), _folder(root)
    _lay(folder / "redis.conf", f"requirepass {password}\n".encode())
    _lay(folder / "redis-passwords.json", json.dumps({f"redis://{address}": password}).encode())


def _hash(password: str, old: str) -> str:
    """The hash in the old text when it is this password's, else a new one."""
    import bcrypt

    given = password.encode()
    if len(given) > BCRYPT_LIMIT:
        raise Trouble(f"a password for basic authentication is longer than {BCRYPT_LIMIT} bytes", "use a shorter one")
    known = BCRYPT_HASH.search(old)
    if known and bcrypt.checkpw(given, known[0].encode()):
        return known[0]
    return bcrypt.hashpw(given, bcrypt.gensalt(COST)).decode()


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _content(root: Path, reference: Reference) -> bytes:
    """What the secret is, empty when it cannot be found."""
    if reference.env:
        return os.environ.get(reference.env, "").encode()
    path = root / (reference.file or "")
    if not path.is_file():
        return b""
    refuse_open(path)
    return path.read_bytes()


def _place(reference: Reference) -> str:
    if reference.env:
        return f"the environment variable {reference.env} is not set"
    return f"there is no file {reference.file}, or it is empty"


def _folder(root: Path) -> Path:
    folder = root / FOLDER
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        refuse_open(folder)
    else:
        folder.chmod(0o700)
    return folder


def refuse_open(path: Path) -> None:
    """Raise Trouble when others than the owner can come near."""
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        closed = "700" if path.is_dir() else "600"
        raise Trouble(f"{path} is open to others (mode {mode:04o})", f"chmod {closed} {path}, and change what it held")


def _create(path: Path, content: bytes) -> None:
    """Write a new file that nobody else could read at any moment, and see it on the disk."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        path.unlink(missing_ok=True)
        raise Trouble(f"cannot write {path}: {error.strerror}", "free some space, then try again") from error


def _lay(path: Path, content: bytes) -> None:
    """Replace a secret file in one go, when its content changed."""
    if path.exists():
        refuse_open(path)
        if path.read_bytes() == content:
            return
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    _create(draft, content)
    draft.replace(path)
