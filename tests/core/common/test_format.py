"""Texts from outside, as they are shown."""

from hypothesis import given, strategies as st
import pytest

from custom_components.music_agregator.core.common.format import clean_text, plain_text


@given(st.text(st.characters(), max_size=50))
def test_every_socket_takes_a_clean_text(text: str) -> None:
    clean_text(text + "\ud83d").encode()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Næve: Ça Ira!", "Næve: Ça Ira!"),
        ("AC/DC & Friends (Live) - 1.5", "AC/DC & Friends (Live) - 1.5"),
        ("![x](http://evil/x.png)", r"!\[x\](http\://evil/x.png)"),
        ("`a`\n\n# Sign in", r"\`a\` \# Sign in"),
        ("<img src=x>", r"\<img src=x\>"),
        ("https://evil.example", r"https\://evil.example"),
        ("www.evil.example", r"www\.evil.example"),
        ("a@evil.example", r"a\@evil.example"),
    ],
)
def test_no_markup_of_strangers_is_left(text: str, shown: str) -> None:
    assert plain_text(text) == shown
