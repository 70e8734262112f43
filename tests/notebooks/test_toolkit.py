"""The toolkit's own tests, in its own Python."""

from pathlib import Path

import pytest

from .lab import in_the_lab

FOLDER = Path(__file__).parent / "toolkit"


@pytest.mark.long
@pytest.mark.server
@pytest.mark.parametrize("path", sorted(FOLDER.glob("test_*.py")), ids=lambda p: p.stem)
def test_the_toolkit(path: Path, tmp_path: Path) -> None:
    said = in_the_lab(
        *("-m", "pytest", "-c", FOLDER / "pytest.ini", "--rootdir", FOLDER),
        *("-o", f"cache_dir={tmp_path}", path),
        cwd=FOLDER,
    )
    assert "passed" in said
