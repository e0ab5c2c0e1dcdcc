"""Every query names its data source by the uid that is provisioned.

A name changes when somebody renames the data source, the default one when somebody adds another; panels would ask
elsewhere, or nobody. Only the uids that this stack provisions are known after a new start.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.lint.dashboards.boards import with_values
from spec.names import ALERTMANAGER_UID, LOKI_UID, PROMETHEUS_UID

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem

ID = "dashboards/data-source"
COMPONENTS = {"loki": LOKI_UID, "alertmanager": ALERTMANAGER_UID, "prometheus": PROMETHEUS_UID}


def look(work: Work) -> Iterator[Problem]:
    """Every query of every panel."""
    known = {uid for component, uid in COMPONENTS.items() if work.stack.enabled(component)}
    for shown in with_values(work):
        for target in shown.targets:
            source = target.get("datasource")
            uid = source.get("uid") if isinstance(source, dict) else source
            if uid not in known:
                said = f"query {target.get('refId')} asks the data source {uid!r}, which is not provisioned"
                yield shown.problem(work, said, f"known: {', '.join(sorted(known))}", id=ID)
