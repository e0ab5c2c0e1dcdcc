"""The comment on a pull request: it fits, it is found again, and nothing in a name becomes markup."""

from __future__ import annotations

import re

import pytest

from diff.as_markdown import LIMIT, MARKER, escaped, markdown
from diff.as_text import text
from diff.change import Change, Outcome, together
from diff.clear import holds_secret, masked
from spec.problem import Mark, Problem


def outcome(*changes: Change, base: tuple[Problem, ...] = (), head: tuple[Problem, ...] = ()) -> Outcome:
    return Outcome("main", "work", ("development", "production"), changes, base, head)


def test_a_comment() -> None:
    comment = markdown(
        outcome(
            Change("paged", "-", "alert shop/ErrorsHigh", "critical, Errors above 5%; told pager", "removed alert"),
            Change("up", "~", "prometheus", "reloads: rules/shop.yml", "", ("production",)),
        )
    )
    assert comment == (
        "<!-- specola-diff -->\n"
        "## What this change means\n"
        "\n"
        "main → work, in development, production\n"
        "\n"
        "**1 to think about twice**\n"
        "\n"
        "- **removed alert**: **alert shop/ErrorsHigh**: critical, Errors above 5%; told pager\n"
        "\n"
        "<details><summary><b>Who gets paged</b> (1)</summary>\n"
        "\n"
        "- removed: **alert shop/ErrorsHigh**: critical, Errors above 5%; told pager — **removed alert**\n"
        "\n"
        "</details>\n"
        "<details><summary><b>What happens on <code>up</code></b> (1)</summary>\n"
        "\n"
        "- changed: **prometheus**: reloads: rules/shop.yml *(production)*\n"
        "\n"
        "</details>\n"
    )


def test_no_difference_is_said() -> None:
    assert markdown(outcome()).endswith("\nNo difference in meaning.\n")


@pytest.mark.parametrize(
    ("words", "written"),
    [
        ("a|b", r"a\|b"),
        ("`rm -rf`", r"\`rm \-rf\`"),
        ("<img src=x onerror=alert(1)>", r"&lt;img src=x onerror=alert\(1\)\>"),
        ("</details>", r"&lt;/details\>"),
        ("&lt;b&gt;", "&amp;lt;b&amp;gt;"),
        ("**bold** _it_ ~~no~~", r"\*\*bold\*\* \_it\_ \~\~no\~\~"),
        ("[x](javascript:y) ![z](u)", r"\[x\]\(javascript:y\) \!\[z\]\(u\)"),
        ("@example/team", "@&#8203;example/team"),
        ("#12", r"\#&#8203;12"),
        ("http://evil.example", "http&#8203;://evil&#8203;.example"),
        ("www.evil.example", "www&#8203;.evil&#8203;.example"),
        ("line\nbreak\u2028\u202eend", "line break end"),
        ("\x1b[31mred\x07", r"\[31mred"),
        ("\\", "\\\\"),
        ("$E=mc^2$", r"\$E=mc^2\$"),
        ("5% → 10%", "5% → 10%"),
    ],
)
def test_names_stay_words(words: str, written: str) -> None:
    assert escaped(words) == written


def test_hostile_names_change_nothing_of_the_frame() -> None:
    nasty = "x</summary></details>\n<!-- specola-diff -->\n# @all | `" + "[" * 50
    problem = Problem(Mark(nasty, 1, 1), nasty, nasty, nasty)
    comment = markdown(outcome(Change("seen", "+", nasty, nasty, "", (nasty,)), base=(problem,)))
    assert comment.count("<!--") == 1
    assert (comment.count("<details>"), comment.count("</details>"), comment.count("<summary>")) == (1, 1, 1)
    assert not re.search(r"(?<!\\)[`\[]", comment)
    assert "@all" not in comment


@pytest.mark.parametrize("word", ["é" * 40, "|" * 40, "alert " * 700])
def test_the_largest_change_fits_and_says_what_is_cut(word: str) -> None:
    changes = [
        Change(group, "~", f"alert {number}", word, "lost page" if number % 2 else "")
        for group in ("paged", "seen", "watched", "cost", "up")
        for number in range(3000)
    ]
    problems = tuple(Problem(Mark("a.yaml", number, 1), "", word * 3) for number in range(500))
    comment = markdown(outcome(*changes, base=problems, head=problems))
    assert LIMIT * 0.7 < len(comment) < LIMIT
    assert comment.startswith(f"{MARKER}\n")
    assert comment.count("<details>") == comment.count("</details>") == 5
    assert len(re.findall(r"^- \*… and \d+ more: `specola diff` shows them all\*$", comment, re.MULTILINE)) == 8
    assert markdown(outcome(*changes, base=problems, head=problems)) == comment


def test_a_terminal_gets_colours_and_nothing_else_it_would_obey() -> None:
    lines = list(text(outcome(Change("paged", "-", "alert \x1b[2Jx", "gone", "removed alert")), colour=True))
    assert "  \033[31m-\033[0m alert  [2Jx: gone\033[31m  ! removed alert\033[0m" in lines
    assert "\033" not in "".join(text(outcome(Change("paged", "-", "alert x")), colour=False))


def test_a_change_of_every_environment_is_told_once_without_them() -> None:
    both, one = Change("cost", "~", "rules", "+1"), Change("paged", "~", "alert a/B", "severity low → high")
    found = together({"development": [both], "production": [both, one]})
    assert found == (Change("paged", "~", "alert a/B", "severity low → high", "", ("production",)), both)


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("https://hooks.slack.com/services/T0/B0/xyz", "https://hooks.slack.com/services/…"),
        ("url https://a:b@host/", "url https://…@host/"),
        ("https://h.example/x?token=abcdef123", "https://h.example/x?token=…"),
        ("password: hunter2hunter2", "password: …"),
        ("ghp_abcdefghijklmnopqrst", "…"),
        ("AKIAABCDEFGHIJKLMNOP", "…"),
        ("Bearer abcdef123456789", "Bearer …"),
        ("eyJhbGciOiJI.eyJzdWIiOiIx.abc", "…"),
    ],
)
def test_secrets_are_found_and_not_shown(words: str, shown: str) -> None:
    assert holds_secret(words)
    assert masked(words) == shown
    change = Change("paged", "~", words, words).told()
    assert (change.subject, change.text) == (shown, shown)


@pytest.mark.parametrize(
    "words", ["token: deadman", "bearer metrics", "https://h.example/x?page=2", "secret: chat", "password unset → smtp"]
)
def test_names_of_secrets_are_no_secrets(words: str) -> None:
    assert not holds_secret(words)
