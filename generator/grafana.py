"""Grafana: its settings, and the provisioning files that `generator/grafana_sources.py` makes.

Relative paths mean nothing to Grafana. In docker it sees mounts; natively paths and the places of secrets come from the
environment that `native_environment` describes. Secrets are read from their files when it starts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.artefact import Artefact
from generator.grafana_sources import COMMON_FOLDER, build_folder, data_sources, passwords, providers, secret, variable
from generator.runtime import CERTIFICATE, KEY, RUNTIMES, Runtime, inner_port
from generator.text import HEADER, to_yaml
from rules.words import grafana_url
from spec import names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spec.stack import Stack

Settings = dict[str, dict[str, str | int | bool]]

ADMIN = "grafana-admin"
SECRET_KEY = "grafana-secret-key"  # noqa: S105 - the name of a file, not a key
_UNUSED: dict[str, dict[str, Any]] = {"alerting": {}, "plugins": {"apps": []}, "notifiers": {"notifiers": []}}
"""Kinds of provisioning that we do not use, and which older versions miss with an error when there is no folder."""


def render(stack: Stack) -> tuple[Artefact, ...]:
    """`grafana.ini` and the provisioning files for each runtime."""
    if not stack.enabled("grafana"):
        return ()
    return tuple(artefact for runtime in RUNTIMES for artefact in _files(stack, runtime))


def _files(stack: Stack, runtime: Runtime) -> tuple[Artefact, ...]:
    folder = f"{runtime.folder}/grafana"
    files = {"datasources": data_sources(stack, runtime), "dashboards": providers(stack, runtime), **_UNUSED}
    return (
        Artefact(f"{folder}/grafana.ini", to_ini(settings(stack, runtime))),
        *(
            Artefact(f"{folder}/provisioning/{kind}/specola.yaml", to_yaml({"apiVersion": 1, **data}))
            for kind, data in files.items()
        ),
    )


def native_environment(stack: Stack) -> dict[str, str]:
    """The environment that the native files rely on, with the placeholders of the process table.

    Grafana cannot put a path together within `$__file{}`, so the whole expression comes from a variable.
    """
    secrets = (ADMIN, SECRET_KEY, *passwords(stack), *((CERTIFICATE,) if stack.spec.access.tls else ()))
    return {
        "SPECOLA_DATA": "{data}/grafana",
        "SPECOLA_BUILD": "{build}",
        "SPECOLA_SECRETS": "{secrets}",
        **{variable(name): f"$__file{{{{secrets}}/{name}}}" for name in secrets},
    }


def settings(stack: Stack, runtime: Runtime) -> Settings:
    """The settings that differ from Grafana's own, as sections with keys that 9.4 knows or ignores."""
    inside = runtime.name == "docker"
    data = "/var/lib/grafana" if inside else "$__env{SPECOLA_DATA}"
    own = "/etc/grafana" if inside else f"{build_folder(runtime)}/native/grafana"
    home = f"{build_folder(runtime)}/dashboards/{COMMON_FOLDER}/{names.HOME_DASHBOARD}.json"
    secure = grafana_url(stack).startswith("https://")
    return {
        "paths": {
            "data": data,
            "logs": "/var/log/grafana" if inside else f"{data}/log",
            "plugins": f"{data}/plugins",
            "provisioning": f"{own}/provisioning",
        },
        "server": _server(stack, runtime),
        "database": {"type": "sqlite3", "wal": True},
        "security": {
            "admin_user": "admin", "admin_password": secret(runtime, ADMIN),
            "secret_key": secret(runtime, SECRET_KEY), "disable_gravatar": True,
            "cookie_secure": secure, "cookie_samesite": "lax",
            "strict_transport_security": stack.spec.access.tls is not None, "angular_support_enabled": False,
        },
        "auth": {"login_cookie_name": f"grafana_session_{stack.spec.stack}", "login_maximum_lifetime_duration": "7d"},
        "auth.anonymous": {"enabled": False},
        "users": {
            "allow_sign_up": False, "allow_org_create": False, "auto_assign_org": True,
            "auto_assign_org_role": "Viewer", "viewers_can_edit": False,
        },
        "dashboards": {"default_home_dashboard_path": home, "min_refresh_interval": "5s"},
        "analytics": {
            "reporting_enabled": False, "check_for_updates": False, "check_for_plugin_updates": False,
            "feedback_links_enabled": False,
        },
        "news": {"news_feed_enabled": False},
        "snapshots": {"enabled": False, "external_enabled": False},
        "public_dashboards": {"enabled": False},
        "plugins": {"plugin_admin_enabled": False, "preinstall_disabled": True, "public_key_retrieval_disabled": True},
        # Prometheus and Loki evaluate the rules; Grafana shows them.
        "unified_alerting": {"enabled": True, "execute_alerts": False},
        "alerting": {"enabled": False},
        "metrics": {"enabled": True},
        "log": {"mode": "console", "level": "warn"},
        "log.console": {"format": "text"},
    }  # fmt: skip


def _server(stack: Stack, runtime: Runtime) -> dict[str, str | int | bool]:
    inside, tls = runtime.name == "docker", stack.spec.access.tls
    certificate = {"cert_file": _path(runtime, CERTIFICATE), "cert_key": _path(runtime, KEY)} if tls else {}
    listen = stack.spec.components.grafana.listen or stack.spec.network.listen
    return {
        "protocol": "https" if tls else "http",
        "http_addr": "0.0.0.0" if inside else listen,  # noqa: S104 - inside its container
        "http_port": inner_port("grafana") if inside else stack.port("grafana"),
        "root_url": f"{grafana_url(stack)}/",
        "enable_gzip": True,
        **certificate,
    }


def to_ini(sections: Mapping[str, Mapping[str, str | int | bool]]) -> bytes:
    """Sections of keys and values; truth as `true` and `false`."""
    blocks = (
        f"[{name}]\n" + "".join(f"{key} = {_value(value)}\n" for key, value in keys.items())
        for name, keys in sections.items()
    )
    return (HEADER + "\n" + "\n".join(blocks)).encode()


def _value(value: str | int | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _path(runtime: Runtime, secret: str) -> str:
    return runtime.secret(secret) if runtime.name == "docker" else f"$__env{{SPECOLA_SECRETS}}/{secret}"
