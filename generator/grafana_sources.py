"""What Grafana is provisioned with: data sources with fixed uids, and a provider for each folder of dashboards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zlib import crc32

from generator.runtime import CERTIFICATE, certified_name
from spec import names

if TYPE_CHECKING:
    from generator.runtime import Runtime
    from spec.instances import Instance
    from spec.stack import Stack

COMMON_FOLDER = "home"
"""The folder of what concerns all services; the others are named after the owners."""
COMMON_TITLE = "All services"
"""Not Home: older versions refuse a dashboard that is called like its folder."""
REREAD_SECONDS = 10
"""How often Grafana looks for changed dashboards."""
ORGANISATION = 1
_GUARDED = ("prometheus", "alertmanager")
_MOUNTED = "/etc/specola"


def data_sources(stack: Stack, runtime: Runtime) -> dict[str, Any]:
    """Data sources of the components that are on; those of the others are removed, by new and by old versions."""
    known = {"prometheus": _prometheus, "loki": _loki, "alertmanager": _alertmanager}
    gone = [component for component in known if not stack.enabled(component)]
    made = [make(stack, runtime) for component, make in known.items() if component not in gone]
    return {
        "prune": True,
        **({"deleteDatasources": [{"name": name.title(), "orgId": ORGANISATION} for name in gone]} if gone else {}),
        "datasources": [*made, *(_further(stack, runtime, one) for one in stack.instances("prometheus")[1:])],
    }


def _prometheus(stack: Stack, runtime: Runtime) -> dict[str, Any]:
    alertmanager = {"alertmanagerUid": names.ALERTMANAGER_UID} if stack.enabled("alertmanager") else {}
    interval = {"timeInterval": str(stack.spec.defaults.interval)}
    options = {"httpMethod": "POST", "prometheusType": "Prometheus", **interval, "manageAlerts": True, **alertmanager}
    return {**_source(stack, runtime, "prometheus", names.PROMETHEUS_UID, options), "isDefault": True}


def _further(stack: Stack, runtime: Runtime, one: Instance) -> dict[str, Any]:
    """Another Prometheus, to look at what it has: dashboards ask the first, whose list of alerts is enough."""
    options = {"httpMethod": "POST", "prometheusType": "Prometheus", "timeInterval": str(stack.spec.defaults.interval)}
    source = _source(stack, runtime, "prometheus", uid_of(one), {**options, "manageAlerts": False}, one.number)
    return {**source, "name": f"Prometheus {one.number}"}


def uid_of(one: Instance) -> str:
    """The uid of an instance's data source, without a dash: Grafana 9.4 cuts it there when it passes a request on."""
    return one.component if one.number == 1 else f"{one.component}{one.number}"


def _loki(stack: Stack, runtime: Runtime) -> dict[str, Any]:
    return _source(stack, runtime, "loki", names.LOKI_UID, {"maxLines": 1000, "manageAlerts": True})


def _alertmanager(stack: Stack, runtime: Runtime) -> dict[str, Any]:
    return _source(stack, runtime, "alertmanager", names.ALERTMANAGER_UID, {"implementation": "prometheus"})


def _source(
    stack: Stack, runtime: Runtime, component: str, uid: str, options: dict[str, Any], number: int = 1
) -> dict[str, Any]:
    """A data source, with the stack's own user and certificate where the component asks for them."""
    access, guarded = stack.spec.access, component in _GUARDED
    tls = access.tls if guarded else None
    basic, secure = {}, {}
    if guarded and access.basic_auth:
        basic = {"basicAuth": True, "basicAuthUser": names.USER}
        secure["basicAuthPassword"] = secret(runtime, f"{component}-password")
    if tls is not None:
        options = {**options, "tlsAuthWithCACert": True, "serverName": certified_name(stack)}
        secure["tlsCACert"] = secret(runtime, CERTIFICATE)
    return {
        "name": component.title(), "uid": uid, "type": component, "access": "proxy", "orgId": ORGANISATION,
        "url": f"{'https' if tls else 'http'}://{runtime.address(stack, component, number)}", "editable": False,
        **basic, "jsonData": options, **({"secureJsonData": secure} if secure else {}),
    }  # fmt: skip


def providers(stack: Stack, runtime: Runtime) -> dict[str, Any]:
    """A provider for each folder: one that reads them all would not give them fixed uids."""
    return {
        "providers": [
            {
                "name": folder, "orgId": ORGANISATION, "type": "file", "folder": title.replace("$", "$$"),
                "folderUid": folder_uid(folder), "disableDeletion": False,
                "allowUiUpdates": stack.spec.access.edit_in_grafana,
                "updateIntervalSeconds": REREAD_SECONDS,
                "options": {"path": f"{build_folder(runtime)}/dashboards/{folder}", "foldersFromFilesStructure": False},
            }
            for folder, title in folders(stack).items()
        ]
    }  # fmt: skip


def folders(stack: Stack) -> dict[str, str]:
    """Folders and their titles: one for all services, one for each owner of a service. No title is there twice."""
    owners = dict.fromkeys(service.spec.owner for service in stack.services)
    titles = {COMMON_FOLDER: COMMON_TITLE}
    for owner in owners:
        title = stack.spec.owners[owner].title
        taken = {"general", *(other.casefold() for other in titles.values())}
        titles.setdefault(owner, f"{title} ({owner})" if title.casefold() in taken else title)
    return titles


def folder_uid(folder: str) -> str:
    """The uid of a folder. Folders and dashboards share their uids in older versions; no dashboard's has a capital."""
    uid = f"Folder-{folder}"
    return uid if len(uid) <= names.UID_LENGTH else f"{uid[: names.UID_LENGTH - 9]}-{crc32(uid.encode()):08x}"


def passwords(stack: Stack) -> tuple[str, ...]:
    """The secrets with which Grafana comes to its data sources."""
    guarded = _GUARDED if stack.spec.access.basic_auth else ()
    return tuple(f"{component}-password" for component in guarded if stack.enabled(component))


def variable(secret: str) -> str:
    """The variable of the native environment that holds the expression for a secret."""
    return f"SPECOLA_{secret}".upper().replace("-", "_")


def secret(runtime: Runtime, name: str) -> str:
    """An expression for the content of a secret's file."""
    return f"$__file{{{runtime.secret(name)}}}" if runtime.name == "docker" else f"$__env{{{variable(name)}}}"


def build_folder(runtime: Runtime) -> str:
    """The folder of rendered files, in a file that Grafana reads."""
    return _MOUNTED if runtime.name == "docker" else "$__env{SPECOLA_BUILD}"
