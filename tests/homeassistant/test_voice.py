"""Spoken to Home Assistant's own agent: ours is understood, and nothing else is taken."""

from collections.abc import Awaitable, Callable
from pathlib import Path
import shutil
from typing import Any

from homeassistant.components.conversation import async_converse
from homeassistant.core import Context, HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from sandbox import catalogue as c
from tests.fakes import FakeTorrentClient
from tests.helpers import until

from .helpers import Act

# Each sets up the whole agent, which takes its time.
pytestmark = pytest.mark.long

type Say = Callable[[str], Awaitable[str]]

_BUILT_IN = (Path(__file__).parent / "built_in_sentences.tsv").read_text()
BUILT_IN = [line.split("\t") for line in _BUILT_IN.splitlines()[1:]]

# What is said, the album that is meant, and the quality if one is said.
PHRASES = [
    ("get the album glass harbour by the paper lanterns in lossless", 0, "lossless"),
    ("Get the album Glass Harbour by The Paper Lanterns.", 0, None),
    ("please get me the album glass harbor by paper lanterns", 0, None),
    ("download the album slow cartography by ferro mere", 1, None),
    ("download slow cartography by ferro mere", 1, None),
    ("download slow cartography by pharaoh mere in hi res", 1, "hi_res"),
    ("fetch the record slow cartography", 1, None),
    ("fetch me the album the unheard side by ferro mere", 2, None),
    ("grab the album the unheard side", 2, None),
    ("order the album tin whether by odd socket", 3, None),
    ("find the album tin weather by odd socket in any quality", 3, "any"),
    ("i want the album tin weather", 3, None),
    ("I want to have the album Tin Weather by Odd Socket in high quality", 3, "high"),
    ("i would like the record kind of gray by miles underhill", 4, None),
    ("can you get me the album sketches of rain by miles under hill", 5, None),
    ("could you download the album called bitter brew", 6, None),
    ("monitor the album hymns for radiators by sister cadence", 7, None),
    ("monitor the album fog signal by the lighthouse keepers union", 8, None),
    ("get neon orchard by juno park in lossless", 9, "lossless"),
    ("get me true north by broken sextant as flac", 10, "lossless"),
    ("get nineteen eighty six by the quiet engines in high resolution", 11, "hi_res"),
    ("download 25 by zephyr tong", 12, None),
    ("download two for the tide by dover and kayne", 13, None),
    ("add the album inkwell by vesper quill to my albums", 14, None),
    ("add the record marginalia to my wanted albums", 15, None),
    ("we want the album room 101 by the night porters", 16, None),
    ("get us the album snolykta by astrid lindquist", 17, None),
    ("get the album minuit bleu by celine duvallier in cd quality", 18, "lossless"),
    ("please download harbour lights by greta holm", 19, None),
    ("get the album wrong key right door in lossless please", 20, "lossless"),
]
ALBUMS = [
    "Glass Harbour",
    "Slow Cartography",
    "The Unheard Side",
    "Tin Weather",
    "Kind of Grey",
    "Sketches of Rain",
    "Bitter Brew",
    "Hymns for Radiators",
    "Fog Signal",
    "Neon Orchard",
    "True North",
    "Nineteen Eighty-Six",
    "25",
    "Two for the Tide",
    "Inkwell",
    "Marginalia",
    "Room 101",
    "Snölykta",
    "Minuit bleu",
    "Harbour Lights",
    "Wrong Key, Right Door",
]


@pytest.fixture
async def assist(hass: HomeAssistant) -> None:
    for component in ("homeassistant", "conversation"):
        assert await async_setup_component(hass, component, {})
    await hass.async_block_till_done()


@pytest.fixture
def say(hass: HomeAssistant, assist: None, loaded: MockConfigEntry) -> Say:
    async def speak(text: str) -> str:
        result = await async_converse(hass, text, None, Context(), language="en")
        return str(result.response.speech["plain"]["speech"])

    return speak


async def test_thirty_sentences_reach_their_albums(
    say: Say, loaded: MockConfigEntry, client: FakeTorrentClient
) -> None:
    client.step = 0.0
    app = loaded.runtime_data.app
    assert len(PHRASES) == 30
    for text, album, quality in PHRASES:
        words = await say(text)
        run = (await app.history.runs(limit=1))[0]
        assert run.album_title == ALBUMS[album], text
        assert run.quality == (quality or "lossless"), text
        assert words.startswith(f"Getting {run.album_title} by {run.artist}, from "), (
            text
        )
        await app.unwant(run.topic)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "get the album stories",
            "Which one do you mean: Stories by Ebb, from 2010, or Stories by Flow,"
            " from 2012?",
        ),
        (
            "download floor by echo terrace",
            "Which one do you mean: First Floor by Echo Terrace, from 1995, Second Floor"
            " by Echo Terrace, from 1997, or Third Floor by Echo Terrace, from 2000?",
        ),
        (
            "get the album abbey road by the beatles",
            "MusicBrainz knows no album",
        ),
    ],
)
async def test_what_is_not_clear_is_asked_back(
    say: Say, loaded: MockConfigEntry, text: str, words: str
) -> None:
    assert (await say(text)).startswith(words)
    assert await loaded.runtime_data.app.history.runs() == []


async def test_nonsense_changes_nothing(say: Say, loaded: MockConfigEntry) -> None:
    for text in (
        "get",
        "get the album",
        "blah blah album blah",
        "album",
        "cancel the album",
        "what is the best album of all time",
        "get out",
        "download",
        "get the album of photos from the shelf",
        "stop the music in the living room",
        "find the record player",
        "order the record player",
        "where is the record player",
        "tell me when the pizza is here",
    ):
        await say(text)
    assert await loaded.runtime_data.app.history.runs() == []


async def test_what_is_on_its_way_is_told_and_cancelled(
    say: Say, loaded: MockConfigEntry, client: FakeTorrentClient
) -> None:
    client.step = 0.0
    assert await say("what is downloading") == "No album is on its way."
    await say("get the album glass harbour by the paper lanterns in lossless")
    again = await say("download glass harbour by the paper lanterns in lossless")
    assert again == (
        "Glass Harbour by The Paper Lanterns, from 2011 is on its way already, in"
        " lossless."
    )
    await until(
        lambda: (
            [one.status for one in loaded.runtime_data.app.live_runs] == ["downloading"]
        )
    )
    told = await say("how are my albums doing")
    assert told.startswith("Glass Harbour by The Paper Lanterns: ")
    assert await say("how far is the album glass harbor") == told
    unknown = await say("how far is the album tin weather")
    assert unknown == "Nobody has asked for an album like “tin weather”."
    # What is heard only half ends nothing.
    for half in ("glass slipper by the paper lanterns", "glass", "the paper lanterns"):
        asked = await say(f"cancel the album {half}")
        assert asked == "Which one do you mean: Glass Harbour by The Paper Lanterns?"
    cancelled = await say("cancel the album glass harbour")
    assert cancelled == "Cancelled Glass Harbour by The Paper Lanterns."
    (run,) = await loaded.runtime_data.app.history.runs()
    assert run.status == "cancelled"
    assert await say("what is downloading") == "No album is on its way."


async def test_a_release_is_chosen(say: Say, loaded: MockConfigEntry, act: Act) -> None:
    await act(
        "monitor_album",
        album_id=c.SLOW_CARTOGRAPHY.album_id,
        quality=["hi_res", "lossless"],
        mode="interactive",
    )
    (album,) = loaded.runtime_data.albums
    await until(lambda: album.status == "awaiting_selection")
    assert await say("take the other release") == "Which release? Say its number."
    refused = await say("choose release number two for the album tin weather")
    assert refused == "No album waits for a choice."
    words = await say("choose release number two for the album slow cartography")
    assert words == "Taking release 2 for Slow Cartography by Ferro Mere."
    await until(lambda: album.chosen == 2)
    assert await say("take the first release") == "No album waits for a choice."


async def test_the_sentences_work_as_files(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    client: FakeTorrentClient,
    tmp_path: Path,
) -> None:
    client.step = 0.0
    source = Path(__file__).parents[2] / "docs/custom_sentences"
    shutil.copytree(source, tmp_path / "custom_sentences")
    hass.config.config_dir = str(tmp_path)
    options = {**entry.options, "voice": {"sentences": False}}
    hass.config_entries.async_update_entry(entry, options=options)
    for component in ("homeassistant", "conversation", "intent"):
        assert await async_setup_component(hass, component, {})
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    for text, words in (
        ("get the album glass harbor by paper lanterns", "Getting Glass Harbour by"),
        ("download tin weather by odd socket", "Getting Tin Weather by Odd Socket"),
        ("how far is the album glass harbour", "Glass Harbour by The Paper Lanterns"),
        ("take the second release", "No album waits for a choice."),
        ("cancel the album glass harbour", "Cancelled Glass Harbour by"),
    ):
        result = await async_converse(hass, text, None, Context(), language="en")
        assert result.response.speech["plain"]["speech"].startswith(words)


async def test_without_the_option_nothing_is_registered(
    hass: HomeAssistant, assist: None, entry: MockConfigEntry
) -> None:
    options = {**entry.options, "voice": {"sentences": False}}
    hass.config_entries.async_update_entry(entry, options=options)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await async_converse(
        hass, "get the album glass harbour", None, Context(), language="en"
    )
    assert await entry.runtime_data.app.history.runs() == []


async def test_where_they_cannot_be_registered_the_rest_works_on(
    hass: HomeAssistant,
    assist: None,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.delattr(
        "homeassistant.components.conversation.agent_manager.AgentManager"
        ".register_trigger"
    )
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert "feature_lost_sentences" in caplog.text
    caplog.clear()
    assert hass.services.has_service("music_agregator", "monitor_album")


async def test_home_assistants_own_sentences_go_where_they_belong(
    hass: HomeAssistant,
    assist: None,
    loaded: MockConfigEntry,
    hass_ws_client: WebSocketGenerator,
) -> None:
    """A hundred of them, each asked of the agent with ours beside them."""
    names = {
        "light.kitchen_lamp": "Kitchen Lamp",
        "light.bedroom": "Bedroom Light",
        "switch.fan": "Fan",
        "cover.garage": "Garage Door",
        "lock.front": "Front Door",
        "climate.hall": "Hall",
        "media_player.radio": "Radio",
        "todo.shopping": "Shopping",
        "vacuum.robert": "Robert",
        "fan.ceiling": "Ceiling Fan",
        "scene.movie": "Movie Night",
        "script.goodnight": "Good Night",
        "weather.home": "Home",
        "valve.garden": "Garden Valve",
        "sensor.outside": "Outside Temperature",
    }
    for entity_id, name in names.items():
        hass.states.async_set(entity_id, "on", {"friendly_name": name})
    socket = await hass_ws_client(hass)
    sentences = [text for text, _ in BUILT_IN]
    assert len(sentences) == 100
    await socket.send_json_auto_id(
        {
            "type": "conversation/agent/homeassistant/debug",
            "sentences": sentences,
            "language": "en",
        }
    )
    answer: dict[str, Any] = await socket.receive_json()
    found = answer["result"]["results"]
    wrong = {
        text: one and (one.get("source"), (one.get("intent") or {}).get("name"))
        for (text, intent), one in zip(BUILT_IN, found, strict=True)
        if one is None
        or one.get("source") == "trigger"
        or one["intent"]["name"] != intent
    }
    assert wrong == {}


@pytest.mark.parametrize(
    "text",
    [
        "monitor the front door by camera two",
        "monitor the baby by video",
        "get the car by noon",
        "stop the download",
        "take the second exit",
    ],
)
async def test_what_is_not_about_music_is_left_to_others(
    hass: HomeAssistant, assist: None, loaded: MockConfigEntry, text: str
) -> None:
    result = await async_converse(hass, text, None, Context(), "en")
    assert result.response.error_code is not None
    assert loaded.runtime_data.app.live_runs == []
