"""The programs of our own that components run, and what tells that one of them has changed."""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path

from compose.fault import Trouble

HERE = Path(__file__).parent
OWN = {"simulator": ("prometheus_client",), "inbox": ()}
"""Component → the libraries that its program, the package of that name in `compose`, imports."""
RESUME = HERE / "resume.sh"
"""What has the log agent go on where it stopped."""


def parts(component: str) -> dict[str, Path]:
    """The program of a component: place below the folder that it runs from → where it is here.

    Empty where it runs none of ours. Raises Trouble when a library is not installed.
    """
    if component == "alloy":
        return {RESUME.name: RESUME}
    if component not in OWN:
        return {}
    return {
        "compose/__init__.py": HERE / "__init__.py",
        f"compose/{component}": HERE / component,
        **{name: _library(name) for name in OWN[component]},
    }


def digest(component: str) -> str:
    """Changes with any source of the program that a component runs; empty where it runs none of ours."""
    total = hashlib.sha256()
    sources = parts(component)
    for place, source in sources.items():
        for path in sorted(source.rglob("*.py")) if source.is_dir() else (source,):
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            total.update(f"{place}/{path.relative_to(source)} {content}\n".encode())
    return total.hexdigest()[:16] if sources else ""


def _library(name: str) -> Path:
    found = importlib.util.find_spec(name)
    if found is None or not found.submodule_search_locations:
        raise Trouble(f"the Python package {name.replace('_', '-')} is not installed", "make setup")
    return Path(found.submodule_search_locations[0])
