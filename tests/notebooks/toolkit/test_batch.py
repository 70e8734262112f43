"""Lists of albums in files."""

from pathlib import Path

from made_up import MARKUP
from music_agregator_toolkit import Batch, BatchItem
import pytest


def written(folder: Path, text: str, **how: str) -> Path:
    path = folder / "albums.csv"
    path.write_text(text, **{"encoding": "utf-8", **how})
    return path


def test_a_list_is_read(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "Album,Artist,Quality,Why\n"
        '"Næve: Ça Ira!",Ångström & Söhne,hi_res,because\n'
        "\n"
        "Glass Harbour,,\n"
        "Short\n",
        encoding="utf-8-sig",
    )
    assert list(Batch.read(path)) == [
        BatchItem(album="Næve: Ça Ira!", artist="Ångström & Söhne", quality="hi_res"),
        BatchItem(album="Glass Harbour"),
        BatchItem(album="Short"),
    ]


def test_a_spreadsheets_list_is_read(tmp_path: Path) -> None:
    path = written(tmp_path, "album;quality\nIt, and more;Hi_Res\n")
    assert list(Batch.read(path)) == [BatchItem(album="It, and more", quality="hi_res")]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "column album"),
        ("title,artist\nx,y\n", "column album"),
        ("album,quality\nx,loud\n", "Line 2: 'loud' is none of hi_res, lossless"),
        ("album,artist\nx,y\n,z\n", "Line 3: no album"),
        ("album\n" + "x\n" * 10_001, "More than 10000 lines"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(
    tmp_path: Path, text: str, told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        Batch.read(written(tmp_path, text))


@pytest.mark.parametrize(
    "content", [b"\xff\xfe\x00album\x00" * 20, b"album\n" + b"x" * 200_000]
)
def test_what_is_no_list_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "albums.csv"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"albums\.csv"):
        Batch.read(path)


def test_a_list_is_saved_and_gone_on_with(tmp_path: Path) -> None:
    batch = Batch(
        [
            BatchItem(
                album="On Disk", status="downloaded", detail='/a,\n"b"', run_id="1"
            ),
            BatchItem(album="Had It", status="already_owned", run_id="2"),
            BatchItem(album="Refused", status="refused", detail="album not found"),
            BatchItem(album="Not There", status="not_found", run_id="3"),
            BatchItem(album="Going", status="downloading", run_id="4"),
            BatchItem(album=MARKUP, status=MARKUP, detail=MARKUP),
        ]
    )
    path = batch.save(tmp_path / "results.csv")
    read = Batch.read(path)
    assert list(read) == list(batch)
    assert [wish.is_over for wish in read] == [True] * 4 + [False] * 2
    again = read.again()
    assert [wish.status for wish in again] == [
        *("downloaded", "already_owned"),
        *("", "", "", ""),
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["results.csv"]
    for html in (batch._repr_html_(), batch.view.value):
        assert MARKUP not in html
    assert "1 downloaded" in batch.view.value
