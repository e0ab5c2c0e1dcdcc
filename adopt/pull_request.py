"""One comment on a pull request, edited in place: GitHub's interface, and nothing else of it.

https://docs.github.com/en/rest/issues/comments
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compose.fault import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import requests

SECONDS = 30.0
LONGEST = 65_536
"""Characters that a comment may have."""
MARKER = re.compile(r"\A<!-- [a-z0-9 -]+ -->")
FORBIDDEN = (401, 403, 404)
"""What GitHub answers to a token that may not write, as on pull requests from forks."""


class MayNotWriteError(Exception):
    """The token may read, but not comment."""


@dataclass(frozen=True)
class PullRequest:
    """A pull request of a repository, `owner/name`, at a GitHub whose interface is at `api`."""

    api: str
    repository: str
    number: int
    token: str = field(repr=False)

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> PullRequest:
        """The one that a workflow runs for. Raises Trouble when it runs for none."""
        names = ("GITHUB_TOKEN", "GITHUB_REPOSITORY", "GITHUB_EVENT_PATH")
        absent = [name for name in names if not environment.get(name)]
        if absent:
            raise Trouble(f"not set: {', '.join(absent)}", "this runs in a GitHub workflow, with env GITHUB_TOKEN")
        number = _number(Path(environment["GITHUB_EVENT_PATH"]))
        api = environment.get("GITHUB_API_URL") or "https://api.github.com"
        return cls(api, environment["GITHUB_REPOSITORY"], number, environment["GITHUB_TOKEN"])

    def comment(self, text: str) -> str:
        """Make the comment say this; what was done: `written`, `changed`, or `kept`. The text begins with a marker.

        Raises MayNotWriteError, and Trouble when GitHub does not answer as it should.
        """
        marker = MARKER.match(text)
        if marker is None:
            raise Trouble("the text does not begin with a marker", "`specola diff --format markdown` makes it")
        if len(text) > LONGEST:
            raise Trouble(f"the text has more than {LONGEST} characters, which a comment cannot have")
        for one in self._comments():
            if str(one.get("body", "")).startswith(marker[0]):
                if one["body"] == text:
                    return "kept"
                self._ask("PATCH", f"/repos/{self.repository}/issues/comments/{one['id']}", {"body": text})
                return "changed"
        self._ask("POST", f"/repos/{self.repository}/issues/{self.number}/comments", {"body": text})
        return "written"

    def _comments(self) -> Iterator[dict[str, Any]]:
        page = 1
        while True:
            path = f"/repos/{self.repository}/issues/{self.number}/comments?per_page=100&page={page}"
            found: list[dict[str, Any]] = self._ask("GET", path).json()
            yield from found
            if len(found) < 100:
                return
            page += 1

    def _ask(self, method: str, path: str, body: object = None) -> requests.Response:
        import requests

        headers = {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {self.token}",
            "X-GitHub-Api-Version": "2022-11-28",
        }
        try:
            answer = requests.request(method, self.api + path, json=body, headers=headers, timeout=SECONDS)
        except requests.RequestException as error:
            raise Trouble(f"{self.api} does not answer: {type(error).__name__}") from error
        if method != "GET" and answer.status_code in FORBIDDEN:
            raise MayNotWriteError
        if not answer.ok:
            raise Trouble(f"{self.api} answers {answer.status_code} at {path.split('?')[0]}")
        return answer


def _number(event: Path) -> int:
    try:
        return int(json.loads(event.read_bytes())["pull_request"]["number"])
    except (OSError, ValueError, KeyError, TypeError):
        raise Trouble(f"{event} tells of no pull request", "run this on the event `pull_request`") from None
