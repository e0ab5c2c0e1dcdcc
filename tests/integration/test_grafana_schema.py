"""Dashboards against Grafana's own types, `@grafana/schema` of npm at the version in `schema/package.json`.

`SPECOLA_DASHBOARDS` names a folder whose dashboards are checked too; without it `build/dashboards` is, where it exists.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dashboards.board import encode
from tests.every_kind import every_kind

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = pytest.mark.node

SCHEMA = Path(__file__).parent / "schema"
ROOT = Path(__file__).parents[2]
INSTALL_SECONDS = 120
CHECK_SECONDS = 120


@pytest.fixture(scope="session")
def compiler() -> Path:
    """TypeScript's compiler beside Grafana's types, installed on first use."""
    for program in ("node", "npm"):
        if not shutil.which(program):
            pytest.skip(f"{program} is not on PATH: the dashboards' types cannot be checked")
    tsc = SCHEMA / "node_modules" / ".bin" / "tsc"
    if not tsc.exists():
        command = ["npm", "ci", "--no-progress"]
        install = subprocess.run(command, cwd=SCHEMA, capture_output=True, text=True, timeout=INSTALL_SECONDS)
        if install.returncode:
            pytest.skip(f"npm ci failed (no network?): {install.stderr.strip().splitlines()[-1:]}")
    return tsc


def complaints(compiler: Path, folder: Path, dashboards: Mapping[str, str]) -> list[str]:
    """What the compiler says of these dashboards, given as JSON by a name that its messages shall have."""
    (folder / "node_modules").symlink_to(SCHEMA / "node_modules")
    for name in ("types.ts", "tsconfig.json"):
        shutil.copy(SCHEMA / name, folder)
    for name, text in dashboards.items():
        source = f"import type {{ Dashboard }} from './types';\nexport const dashboard: Dashboard = {text};\n"
        (folder / f"{name}.ts").write_text(source)
    command = [str(compiler), "--project", str(folder), "--pretty", "false"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=CHECK_SECONDS)
    return done.stdout.splitlines()


def test_every_kind_of_panel_is_what_current_grafana_takes(compiler: Path, tmp_path: Path) -> None:
    assert complaints(compiler, tmp_path, {"every-kind": encode(every_kind()).decode()}) == []


def test_rendered_dashboards_are_what_current_grafana_takes(compiler: Path, tmp_path: Path) -> None:
    folder = Path(os.environ.get("SPECOLA_DASHBOARDS", ROOT / "build" / "dashboards"))
    rendered = {path.stem: path.read_text() for path in sorted(folder.rglob("*.json"))}
    if not rendered:
        pytest.skip(f"no dashboards in {folder}: `make render` writes them")
    assert complaints(compiler, tmp_path, rendered) == []


OUTDATED = {
    "data-source-by-name": (
        '"datasource": {"type": "prometheus", "uid": "prometheus"},',
        '"datasource": "prometheus",',
    ),
    "base-in-quotes": ('"value": null', '"value": "null"'),
    "no-place": ('"gridPos": {"h": 4, "w": 4, "x": 0, "y": 0},', ""),
    "display-mode-of-cells": ('"cellOptions": {"type": "auto"}', '"fontSize": "100%"'),
    "old-legend": ('"showLegend": true', '"show": true'),
    "unknown-style": ('"drawStyle": "bars"', '"drawStyle": "bar"'),
    "null": ('"refresh": "1m"', '"refresh": null'),
    "old-target": ('"editorMode": "code"', '"editorMode": "code", "intervalFactor": 2'),
}


def test_the_check_finds_what_is_outdated(compiler: Path, tmp_path: Path) -> None:
    text = encode(every_kind()).decode()
    broken = {name: text.replace(right, wrong) for name, (right, wrong) in OUTDATED.items()}
    assert not [name for name, changed in broken.items() if changed == text or not json.loads(changed)]
    said = "\n".join(complaints(compiler, tmp_path, broken))
    assert [name for name in OUTDATED if f"{name}.ts" not in said] == []
