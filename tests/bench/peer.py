"""The straightforward way to the same files: `python -m tests.bench.peer PROJECT`.

PyYAML's CSafeLoader without places, pydantic, every panel made by grafanalib, and the same content written by
CSafeDumper and by an indenting JSON encoder, file after file. It finds no mistakes of references and does not look at
what lies there already.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import yaml

import dashboards.board
import dashboards.moulds
import dashboards.panel_words
import dashboards.stencils
import generator.text
from tests.one_by_one import none_left, told


def dump_yaml(data: Any, header: str = generator.text.HEADER) -> bytes:
    return (header + yaml.dump(data, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True, width=4096)).encode()


def dump_json(board: dashboards.board.Board) -> bytes:
    return json.dumps(board.document, indent=1, ensure_ascii=False).encode()


def dump_contract(data: Any) -> bytes:
    return (json.dumps(data, indent=1, ensure_ascii=False) + "\n").encode()


def main(project: Path) -> None:
    generator.text.to_yaml = dump_yaml
    generator.text.to_json = dump_contract
    dashboards.board.encode = dump_json
    dashboards.moulds._mould = told
    dashboards.panel_words.said_by = none_left  # type: ignore[assignment] # it has no use for the names
    dashboards.stencils.USED = False
    from generator.render import render
    from spec.resolve import resolve
    from spec.root import StackSpec

    tree = yaml.load((project / "stack.yaml").read_text(), Loader=yaml.CSafeLoader)
    tree["services"] = {}
    for path in sorted(project.glob(tree["include"][0])):
        service = yaml.load(path.read_text(), Loader=yaml.CSafeLoader)
        tree["services"][service["service"]] = service
    for artefact in render(resolve(StackSpec.model_validate(tree))):
        target = project / "peer" / artefact.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(artefact.content)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
