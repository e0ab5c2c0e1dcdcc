"""The health check of a container, written for what its image brings: a shell, bash, Python or a program of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spec.names import USER

if TYPE_CHECKING:
    from generator.images import Image
    from generator.unit import Health

SECRETS = "/run/secrets"


def probe(image: Image, health: Health) -> tuple[str, ...]:
    """The `test` of a compose health check, or nothing when the image has nothing to ask with.

    A password never becomes an argument of a program: the shell's own `printf` writes it into the request.
    """
    match image.probe:
        case "busybox":
            return _busybox(health)
        case "bash":
            return _bash(health)
        case "python":
            return _python(health)
        case "redis":
            return _redis(health)
        case "command":
            return ("CMD", *image.command)
        case "none":
            return ()


def _by_connection(health: Health) -> bool:
    return health.tls or not health.path


def _request(health: Health) -> str:
    """A `printf` that writes the HTTP request, with credentials when there is a secret."""
    lines = rf"GET {health.path} HTTP/1.0\r\nHost: localhost\r\n"
    if not health.secret:
        return rf"printf '{lines}\r\n'"
    password = f'"$(cat {SECRETS}/{health.secret})"'
    credentials = f"\"$(printf '{USER}:%s' {password} | base64 | tr -d '\\n')\""
    return rf"printf '{lines}Authorization: Basic %s\r\n\r\n' {credentials}"


def _busybox(health: Health) -> tuple[str, ...]:
    if _by_connection(health):  # not every busybox has `nc -z`: look for the listening socket, state 0A, instead
        listening = f":{health.port:04X} [0-9A-F]+:0000 0A "
        return ("CMD", "grep", "-qE", listening, "/proc/net/tcp", "/proc/net/tcp6")
    if not health.secret:  # not by nc: it hangs up before the answer, and Grafana then calls its own database failing
        url = f"http://127.0.0.1:{health.port}{health.path}"
        return ("CMD", "wget", "-q", "-Y", "off", "-O", "/dev/null", url)
    return ("CMD-SHELL", f"{_request(health)} | nc -w 3 127.0.0.1 {health.port} | head -n 1 | grep -q ' 200 '")


def _bash(health: Health) -> tuple[str, ...]:
    connect = f"exec 3<>/dev/tcp/127.0.0.1/{health.port}"
    if _by_connection(health):
        return ("CMD", "bash", "-c", connect)
    ask = f"{_request(health)} >&3 && read -r -t 3 line <&3 && [[ $line == *' 200 '* ]]"
    return ("CMD", "bash", "-c", f"{connect} && {ask}")


def _python(health: Health) -> tuple[str, ...]:
    if _by_connection(health):
        return ("CMD", "python", "-c", f"import socket; socket.create_connection(('127.0.0.1', {health.port}), 3)")
    url = f"http://127.0.0.1:{health.port}{health.path}"
    return ("CMD", "python", "-c", f"from urllib.request import urlopen; urlopen({url!r}, timeout=3)")


def _redis(health: Health) -> tuple[str, ...]:
    login = f'REDISCLI_AUTH="$(cat {SECRETS}/{health.secret})" ' if health.secret else ""
    return ("CMD-SHELL", f"{login}redis-cli -p {health.port} ping | grep -q PONG")
