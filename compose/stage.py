"""Setting the stage for a backend: which one it is, the programs it needs, and the secrets it reads."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Literal

from compose import debian, secrets, tools
from compose.fault import Trouble
from generator.components import COMPONENTS, GUARDED, running
from generator.runtime import CERTIFICATE, DOCKER, KEY, NATIVE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from compose.backend import Backend
    from compose.docker_engine import Choice
    from compose.images import Image
    from spec.stack import Stack

Runtime = Literal["auto", "docker", "native"]
TOOL_OF = {
    "node": "node_exporter",
    "blackbox": "blackbox_exporter",
    "redis": "redis-server",
}
"""Component → tool, where they are not called the same."""
CHECKERS = ("promtool", "amtool")
"""Programs that no component is, but that `check` and `test` run."""
PASSWORDS = ("prometheus-password", "alertmanager-password", "redis-password", "grafana-admin", "grafana-secret-key")


def programs(stack: Stack) -> dict[str, str]:
    """Tool → path, for the programs that the spec names."""
    components = stack.spec.components
    named = ((tool(each.key), getattr(components, each.key).program) for each in COMPONENTS)
    return {name: path for name, path in named if path}


def tool(component: str) -> str:
    """The tool that a component runs natively."""
    return TOOL_OF.get(component, component)


def needed(stack: Stack) -> tuple[str, ...]:
    """The tools that this stack needs, to run natively and to be checked."""
    wanted = {tool(each.key) for each in COMPONENTS if running(stack, each.key)}
    return tuple(one.name for one in tools.TOOLS if one.name in wanted or one.name in (*CHECKERS, "redis-cli"))


def packaged(stack: Stack) -> tuple[str, ...]:
    """Those of them that Debian has, without those whose path the spec names."""
    return tuple(name for name in needed(stack) if name in tools.PACKAGED and name not in programs(stack))


def install(root: Path, stack: Stack, say: Callable[[str], None]) -> tuple[str, ...]:
    """Bring the missing programs; the names of those that were brought. Raises Trouble when it cannot."""
    return debian.install(root, packaged(stack), say)


def lay_secrets(root: Path, stack: Stack, runtime: str) -> None:
    """Make what is to be generated, lay what the spec refers to, and write the web configurations. Prints nothing.

    The web configurations name the certificate by its path as the runtime's components see it. Raises Trouble when a
    secret is missing, open to others, or cannot be written.
    """
    try:
        _lay_secrets(root, stack, runtime)
    except OSError as error:
        why = f"cannot read or write {error.filename}: {error.strerror}"
        raise Trouble(why, "free some space or mend the permissions, then try again") from error


def _lay_secrets(root: Path, stack: Stack, runtime: str) -> None:
    secrets.ensure(root, PASSWORDS)
    used = stack.spec.secrets
    if stack.spec.notification.deliver == "inbox":
        used = {name: secret for name, secret in used.items() if name not in _only_for_receivers(stack)}
    secrets.materialise(root, used)
    pair = _certificate(root, stack, runtime)
    for component in GUARDED:
        secrets.web_config(root, component, *pair, auth=stack.spec.access.basic_auth)
    secrets.credentials(root, "alertmanager")
    secrets.redis(root, (DOCKER if runtime == "docker" else NATIVE).address(stack, "redis"))


def _certificate(root: Path, stack: Stack, runtime: str) -> tuple[str, str]:
    """Lay the certificate and its key among the secrets; where the components find them, empty without TLS."""
    tls = stack.spec.access.tls
    if tls is None:
        return "", ""
    absent = [path for path in (tls.certificate, tls.key) if not (root / path).is_file()]
    if absent:
        raise Trouble(
            f"access.tls names {' and '.join(absent)}, which {('is', 'are')[len(absent) - 1]} not there",
            "put the certificate and its key there, or remove access.tls",
        )
    secrets.refuse_open(root / tls.key)
    for name, path in ((CERTIFICATE, tls.certificate), (KEY, tls.key)):
        secrets.lay(root, name, (root / path).read_text())
    seen = DOCKER.secret if runtime == "docker" else lambda name: str(root.resolve() / secrets.FOLDER / name)
    return seen(CERTIFICATE), seen(KEY)


def _only_for_receivers(stack: Stack) -> frozenset[str]:
    """Secrets that nobody reads while all messages go to the inbox."""
    from spec.references import secret_uses

    uses = tuple(secret_uses(stack.spec))
    others = {name for path, name in uses if path[0] != "notification"}
    return frozenset(name for path, name in uses if path[0] == "notification") - others


def backend(root: Path, stack: Stack, runtime: Runtime, say: Callable[[str], None]) -> tuple[Backend, Choice]:
    """The backend that will run the stack, and why it is this one. Raises Trouble when the wanted one cannot."""
    from compose.docker_engine import Choice, choose

    if runtime == "auto" and _runs_natively(root):
        choice = Choice("native", "the stack already runs natively")
    else:
        choice = choose(runtime, _images(stack) if runtime != "native" else ())
    return of_name(root, stack.spec.stack, programs(stack), choice.name, say), choice


def of_name(root: Path, project: str, paths: Mapping[str, str], name: str, say: Callable[[str], None]) -> Backend:
    """The backend of this name."""
    if name == "docker":
        from compose.docker_backend import DockerBackend

        return DockerBackend(root, project, say)
    from compose.native import Native

    return Native(root, paths)


def _images(stack: Stack) -> tuple[Image, ...]:
    """The image of each component, as the environment may replace it."""
    from compose.images import Image
    from generator.units import units

    chosen = ((unit.name, unit.image) for unit in units(stack))
    return tuple(Image(name, os.environ.get(image.variable) or image.reference) for name, image in chosen)


def _runs_natively(root: Path) -> bool:
    from compose.record import read_all
    from compose.table import Folders

    return any(record.child.alive for record in read_all(Folders(root).run))
