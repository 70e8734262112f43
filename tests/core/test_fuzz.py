"""A little of what `scripts/bench fuzz` does for as long as one likes."""

import pytest

from tests.fuzz import TARGETS, run


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_nothing_but_typed_errors(name: str) -> None:
    assert run(name, 1_500) == 1_500
