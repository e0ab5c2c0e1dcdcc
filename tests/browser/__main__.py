"""Pictures of the running stack's dashboards: `python -m tests.browser [--set KEY=VALUE] [--out FOLDER] [UID …]`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from compose.clients import Clients
from spec.load import load
from tests.browser.driver import browsing, lacking
from tests.browser.seen import WIDTH, log_in, look

ROOT = Path(__file__).parents[2]


def main() -> int:
    """One picture a dashboard, and what is wrong with it."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser", description=__doc__)
    parser.add_argument("uids", nargs="*", metavar="UID", help="only these dashboards")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="as the stack was started")
    parser.add_argument("--out", type=Path, default=ROOT / "var/pictures", help="the folder for the pictures")
    parser.add_argument("--theme", choices=("dark", "light"), default="dark")
    parser.add_argument("--width", type=int, default=WIDTH)
    parser.add_argument("--screen", action="store_true", help="the first screen only, without opening rows")
    parser.add_argument("--since", default="", metavar="TIME", help="show this time: now-1h")
    options = parser.parse_args()
    if missing := lacking():
        print(f"not installed: {', '.join(missing)} (Debian: chromium, chromium-driver)", file=sys.stderr)
        return 1
    grafana = Clients(load(ROOT / "stack.yaml", "development", tuple(options.set)).stack, ROOT).of("grafana")
    boards = [json.loads(path.read_bytes()) for path in sorted((ROOT / "build/dashboards").rglob("*.json"))]
    faults = 0
    with browsing() as browser:
        log_in(browser, grafana.url, grafana.user, grafana.password)
        for board in boards:
            if not options.uids or board["uid"] in options.uids:
                picture = options.out / f"{board['uid']}.png"
                seen = look(
                    browser, grafana.url, board, picture,
                    width=options.width, theme=options.theme, whole=not options.screen, since=options.since,
                )  # fmt: skip
                print(
                    f"{board['uid']}: {seen.seconds:.1f} s", *seen.faults, *(f"cut: {t}" for t in seen.cut), sep="\n  "
                )
                faults += len(seen.faults)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
