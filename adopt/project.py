"""A new project: a spec that works, CI, and a README, as files to write into an empty folder."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent / "new"
FILES = (
    ("stack.yaml.j2", "stack.yaml"),
    ("development.yaml.j2", "overlays/development.yaml"),
    ("production.yaml.j2", "overlays/production.yaml"),
    ("example.yaml.j2", "services/example.yaml"),
    ("readme.md.j2", "README.md"),
    ("gitignore.j2", ".gitignore"),
    ("pre-commit.yaml.j2", ".pre-commit-config.yaml"),
    ("workflow.yml.j2", ".github/workflows/monitoring.yml"),
)
"""Template and the file that it becomes."""


def project(name: str, owner: str) -> tuple[tuple[str, str], ...]:
    """Path and content of every file of a project whose stack has this name and this one owner."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(  # "<<" leaves GitHub's own braces alone
        loader=FileSystemLoader(FOLDER), undefined=StrictUndefined, autoescape=False,  # noqa: S701 - no HTML
        keep_trailing_newline=True, variable_start_string="<<", variable_end_string=">>",
    )  # fmt: skip
    values = {"name": name, "title": _title(name), "owner": owner, "owner_title": _title(owner)}
    return tuple((path, environment.get_template(template).render(values)) for template, path in FILES)


def _title(name: str) -> str:
    return name.replace("-", " ").replace("_", " ").capitalize()
