"""Where everything is, as the environment says it."""

from typing import Any

from made_up import SECRET
from music_agregator import Settings
from music_agregator.standalone.environment import database_of, settings_of
from music_agregator_toolkit import NotConfiguredError, sandboxed, session
import pytest

VARIABLES = {
    "MUSIC_AGREGATOR_QBITTORRENT_URL": "http://127.0.0.1:8080",
    "MUSIC_AGREGATOR_INDEXER_URL": "http://127.0.0.1:1/api",
    "MUSIC_AGREGATOR_INDEXER_API_KEY": SECRET,
}


def nobody(question: str) -> str:
    """There is nobody to ask."""
    raise EOFError(question)


def test_settings_show_no_secret_and_ask_for_what_lacks() -> None:
    questions = []

    def ask(question: str) -> str:
        questions.append(question)
        return f" {SECRET} "

    settings = settings_of(
        {
            **VARIABLES,
            "MUSIC_AGREGATOR_QBITTORRENT_USERNAME": "me",
            "MUSIC_AGREGATOR_INDEXER_3_URL": f"http://127.0.0.1:2/api/{SECRET}",
            "MUSIC_AGREGATOR_INDEXER_3_NAME": "Third",
        },
        ask,
    )
    assert questions == [
        "qBittorrent's password for me: ",
        "Third's API key (empty: none): ",
    ]
    assert [one.name for one in settings.indexers] == ["Indexer 1", "Third"]
    assert settings.indexers[0].api_key == SECRET
    assert settings.indexers[1].api_key == SECRET
    assert settings.client.password == SECRET
    assert SECRET not in repr(settings)


def test_a_secret_that_is_empty_is_none() -> None:
    empty = {
        **VARIABLES,
        "MUSIC_AGREGATOR_INDEXER_API_KEY": "",
        "MUSIC_AGREGATOR_QBITTORRENT_USERNAME": "me",
        "MUSIC_AGREGATOR_QBITTORRENT_PASSWORD": "",
    }
    settings = settings_of(empty, nobody)
    assert settings.indexers[0].api_key is None
    assert settings.client.password is None


@pytest.mark.parametrize("lacking", ["QBITTORRENT_URL", "INDEXER_URL"])
def test_what_lacks_is_named(lacking: str) -> None:
    some = {k: v for k, v in VARIABLES.items() if not k.endswith(lacking)}
    told = f"^MUSIC_AGREGATOR_{lacking} is not set"
    with pytest.raises(NotConfiguredError, match=told):
        settings_of(some)


def test_a_secret_that_nobody_can_be_asked_for_is_named() -> None:
    some = {k: v for k, v in VARIABLES.items() if not k.endswith("API_KEY")}
    with pytest.raises(NotConfiguredError, match="MUSIC_AGREGATOR_INDEXER_API_KEY"):
        settings_of(some, nobody)


def test_a_store_may_be_told_as_a_path() -> None:
    assert database_of({"MUSIC_AGREGATOR_DATABASE": "/x/a.db"}) == "sqlite:////x/a.db"
    assert database_of({}) == "sqlite:///music_agregator.db"


def test_each_store_has_its_own_torrents(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In another folder the same relative address is another store."""
    here = settings_of(VARIABLES).instance
    assert here == settings_of(VARIABLES).instance
    other = {**VARIABLES, "MUSIC_AGREGATOR_DATABASE": "sqlite:///other.db"}
    monkeypatch.chdir(tmp_path)
    assert (
        len({here, settings_of(VARIABLES).instance, settings_of(other).instance}) == 3
    )
    shared = "postgresql://me:{}@db/x"
    instances = {
        settings_of(
            {**VARIABLES, "MUSIC_AGREGATOR_DATABASE": shared.format(password)}
        ).instance
        for password in ("one", "two")
    }
    assert len(instances) == 1


async def test_a_store_that_goes_with_the_notebook_has_its_own_torrents(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened = []

    async def note(settings: Settings, database: str) -> None:
        opened.append((settings.instance, database))

    monkeypatch.setattr(session.Session, "open", note)
    for remember in (True, False):
        monkeypatch.setattr(session, "_OPEN", {})
        await session.connect(VARIABLES, remember=remember)
    (one, kept), (other, passing) = opened
    assert kept == "sqlite:///music_agregator.db"
    assert passing != kept
    assert one != other


async def test_nothing_real_goes_along_into_the_sandbox(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Made:
        environment = {"MUSIC_AGREGATOR_QBITTORRENT_URL": "http://127.0.0.1:1"}

    async def sandbox(*, home_assistant: bool = False) -> Made:
        return Made()

    monkeypatch.setattr(sandboxed, "sandbox", sandbox)
    for name in ("SAVE_PATH", "INDEXER_2_URL", "QBITTORRENT_API_KEY", "INDEXER_URL"):
        monkeypatch.setenv(f"MUSIC_AGREGATOR_{name}", "real")
    monkeypatch.setenv("MUSIC_AGREGATOR_SANDBOX", "1")
    monkeypatch.delenv("MUSIC_AGREGATOR_QBITTORRENT_URL", raising=False)
    found = await sandboxed.environment_or_sandbox("QBITTORRENT_URL")
    ours = {k: v for k, v in found.items() if k.startswith("MUSIC_AGREGATOR_")}
    assert ours == Made.environment
    assert "PATH" in found
