"""What is checked of each service without the others gives the same alone as among them, whatever is wrong."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from spec.load import _read
from spec.problem import SpecError
from spec.references import ACROSS, CHECKS
from spec.validate import validate
from tests.rejections.test_rejections import BASE, CASES, read

if TYPE_CHECKING:
    from pathlib import Path

    from spec.root import StackSpec


def specs(folder: Path) -> list[StackSpec]:
    """Every wrong spec whose types are right, with a second service like one that it has."""
    found = []
    for path in CASES:
        root = folder / path.stem
        shutil.copytree(BASE, root)
        case = read(path)
        for name, content in case.files.items():
            (root / name).write_bytes(content.encode())
        try:
            tree = _read(root / "stack.yaml", case.environment, case.settings, {}).tree
        except SpecError:
            continue
        spec, _ = validate(tree)
        if spec is not None and spec.services:
            first = next(iter(spec.services.values()))
            more = {"another": first.model_copy(update={"service": "another"})}
            found.append(spec.model_copy(update={"services": {**spec.services, **more}}))
    return found


def test_a_check_that_is_not_across_services_needs_no_other(tmp_path: Path) -> None:
    wrong, noticed = specs(tmp_path), set()
    assert len(wrong) > 40
    for spec in wrong:
        alone = [spec.model_copy(update={"services": {name: one}}) for name, one in spec.services.items()]
        for look in CHECKS:
            if look not in ACROSS:
                findings = list(look(spec))
                assert set(findings) == {finding for one in alone for finding in look(one)}, look
                noticed |= {look} if findings else set()
    assert len(noticed) > 12
