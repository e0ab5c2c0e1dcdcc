"""The project a command works on: its folder, its spec, and its rendered files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from compose.fault import Trouble
from spec.load import ROOT_FILE, Loaded, load

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable

    from generator.artefact import Artefact
    from generator.write import Written

    Say = Callable[[str], None]

FINE, PROBLEMS = 0, 1


@dataclass(frozen=True)
class Project:
    """A folder with a `stack.yaml`, and how this command looks at it."""

    root: Path
    environment: str = ""
    settings: tuple[str, ...] = ()

    @classmethod
    def of(cls, args: Namespace) -> Project:
        """The project that the command line names. Raises Trouble when there is no spec."""
        root = Path(args.root).resolve()
        if not (root / ROOT_FILE).is_file():
            raise Trouble(
                f"there is no {ROOT_FILE} in {root}",
                "go to the project's folder, or name it with --root; `specola init` makes a new one",
            )
        return cls(root, args.environment or "", tuple(args.set or ()))

    @property
    def build(self) -> Path:
        return self.root / "build"

    def load(self) -> Loaded:
        """The resolved spec. Raises SpecError with every problem."""
        return load(self.root / ROOT_FILE, self.environment, self.settings)

    def rendered(self, loaded: Loaded) -> tuple[Artefact, ...]:
        """Every artefact of a spec."""
        from generator.render import render

        return render(loaded.stack)

    def write(self, loaded: Loaded) -> Written:
        """Render into `build/`. Raises Trouble when it cannot be written, with nothing changed."""
        from generator.write import WriteError, write

        try:
            return write(self.build, self.rendered(loaded))
        except WriteError as error:
            raise Trouble(str(error), "free some space or mend the permissions, then run the command again") from error


def counts(written: Written) -> str:
    """What a write did, in words."""
    return f"{len(written.added)} new, {len(written.changed)} changed, {len(written.removed)} removed"
