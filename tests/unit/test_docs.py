"""What the documentation shows works as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from generator.render import render
from spec.load import load

ROOT = Path(__file__).parents[2]
EXAMPLE = re.compile(r"<!-- example: (?P<name>\S+) -->\n+```yaml\n(?P<text>.*?)\n```\n", re.DOTALL)
STACK = """\
stack: example
include: [services/*.yaml]
owner: growth
owners: {growth: {title: Growth}}
secrets: {chat: {file: secrets/chat}}
notification:
  default: chat
  receivers: {chat: {slack: {channel: "#growth", url: chat}}}
  routes: [{name: all, when: {owner: [growth]}, to: [chat]}]
"""
EXAMPLES = [
    pytest.param(page, found["name"], found["text"], id=f"{page.name}-{found['name']}")
    for page in sorted((*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")))
    for found in EXAMPLE.finditer(page.read_text(encoding="utf-8"))
]


def test_the_page_on_services_has_an_example() -> None:
    assert any(example.id == "adding-a-service.md-services/shop.yaml" for example in EXAMPLES)


@pytest.mark.parametrize(("page", "name", "text"), EXAMPLES)
def test_an_example_renders(page: Path, name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / "stack.yaml").write_text(STACK)
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text(text)
    stack = load(tmp_path / "stack.yaml").stack
    service = Path(name).stem
    paths = {artefact.path for artefact in render(stack)}
    assert {f"rules/{service}.yml", f"contracts/{service}.json", f"runbooks/{service}/ServiceDown.md"} <= paths


@pytest.mark.parametrize(
    "page", [*sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md"], ids=lambda page: page.name
)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?://|#|mailto:)([^)#\s]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []
