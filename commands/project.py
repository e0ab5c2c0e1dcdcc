"""The project a command works on: its folder, its spec, and its rendered files."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from compose.fault import Trouble
from spec.names import ROOT_FILE

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Iterator

    from generator.artefact import Artefact
    from generator.write import Written
    from spec.load import Loaded

    Say = Callable[[str], None]

FINE, PROBLEMS = 0, 1
MEND = "free some space or mend the permissions, then run the command again"


class Project(NamedTuple):
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

    @contextmanager
    def hold(self, purpose: str) -> Iterator[None]:
        """Keep other commands from changing the stack meanwhile. Raises Trouble when one is at it, naming it."""
        from compose.process import hold

        with ExitStack() as held:
            try:
                held.enter_context(hold(self.root / "var" / "lock", purpose))
            except OSError as error:
                raise Trouble(f"cannot write {error.filename}: {error.strerror}", MEND) from error
            yield

    @property
    def build(self) -> Path:
        return self.root / "build"

    def load(self) -> Loaded:
        """The resolved spec. Raises SpecError with every problem."""
        from spec.load import load

        return load(self.root / ROOT_FILE, self.environment, self.settings)

    def load_alike(self) -> Loaded:
        """The same where nobody looks into each of many services of one shape (`spec.load`)."""
        from spec.load import load_alike

        return load_alike(self.root / ROOT_FILE, self.environment, self.settings)

    def rendered(self, loaded: Loaded) -> tuple[Artefact, ...]:
        """Every artefact of a spec."""
        from generator.render import render

        return render(loaded.stack)

    def write(self, loaded: Loaded) -> Written:
        """Render into `build/`. Raises Trouble when it cannot be written, with nothing changed."""
        from generator.renew import renew
        from generator.write import WriteError

        try:
            return renew(self.build, loaded, self.asked)
        except WriteError as error:
            raise Trouble(str(error), MEND) from error

    def bring_up_to_date(self) -> Written:
        """What a write does, by the shortest way. Raises SpecError with every problem, or Trouble like a write."""
        from spec.alike import NotAlikeError

        if (written := self.renewed()) is not None:
            return written
        try:
            return self.write(self.load_alike())
        except NotAlikeError:
            return self.write(self.load())

    def renewed(self) -> Written | None:
        """Do what a write would do, where that takes no look at the whole spec; None, and nothing done, where it does.

        Nothing, when the last write still holds; else, when only the tuning of services was edited, theirs.
        """
        from generator.stamp import current, look
        from generator.write import WriteError, Written

        found = look(self.build, self.asked)
        if found is None or not found.changed:
            count = current(self.build, found) if found else None
            return None if count is None else Written(unchanged=count)
        from generator.edited import edited

        try:
            return edited(self.build, found, self.environment, self.settings)
        except WriteError as error:
            raise Trouble(str(error), MEND) from error

    @property
    def options(self) -> tuple[str, ...]:
        """The words of a command line that look at the project in this way."""
        environment = ("--environment", self.environment) if self.environment else ()
        return (*environment, *(word for setting in self.settings for word in ("--set", setting)))

    @property
    def asked(self) -> tuple[str, ...]:
        """What the command line says that changes what is rendered."""
        return (str(self.root), self.environment, *self.settings)


def counts(written: Written) -> str:
    """What a write did, in words."""
    return f"{len(written.added)} new, {len(written.changed)} changed, {len(written.removed)} removed"
