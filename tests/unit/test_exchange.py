"""Words exchanged for others anywhere in a value."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from spec.base import Model
from spec.exchange import Likeness, Words

WORDS = Words(("Tenant 1", "tenant1"))


class Note(Model):
    """A model that holds others."""

    text: str
    more: dict[str, tuple[str, ...]] = Field(default_factory=dict)


@dataclass(frozen=True)
class Page:
    """A dataclass that holds models."""

    note: Note
    number: int
    beside: Note


def page(name: str, title: str) -> Page:
    note = Note(text=f"{title} is {name}_2, not tenant 1", more={f"{name}-keys": ("kept", f"of-{name}")})
    return Page(note, 1, note)


def test_every_word_is_exchanged_wherever_it_stands() -> None:
    other = Likeness(page("tenant1", "Tenant 1"), WORDS).with_words(("Tenant 7", "tenant7"))
    assert other == page("tenant7", "Tenant 7")
    assert other.note is other.beside
    assert other.note.model_fields_set == {"text", "more"}


def test_what_holds_no_word_is_shared() -> None:
    value = (Note(text="tenant1"), Note(text="all"))
    assert Likeness(value, WORDS).with_words(("Tenant 7", "tenant7"))[1] is value[1]


VALUES = st.recursive(
    st.sampled_from(("tenant1", "Tenant 1", "a tenant1-b", "tenant11", "none", "")) | st.integers() | st.none(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.sampled_from(("tenant1", "tenant1.b", "b")), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(VALUES)
def test_a_value_is_made_as_its_spelling_is(value: object) -> None:
    """No word holds a quote, so that it may be exchanged in what `repr` gives."""
    others = ("Tenant 8", "tenant8")
    assert repr(Likeness(value, WORDS).with_words(others)) == Likeness(repr(value), WORDS).with_words(others)


@given(VALUES)
def test_exchanged_back_it_is_what_it_was(value: object) -> None:
    others = ("Tenant 8", "tenant8")
    other = Likeness(value, WORDS).with_words(others)
    assert Likeness(other, Words(others)).with_words(WORDS.words) == value
