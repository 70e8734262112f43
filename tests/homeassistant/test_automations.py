"""Triggers, the condition, and the blueprints: as automations use them."""

from collections.abc import Callable
from pathlib import Path
import shutil
from typing import Any

from homeassistant.components import automation
from homeassistant.components.conversation import async_converse
from homeassistant.core import Context, HomeAssistant, ServiceCall
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockUser,
    async_mock_service,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.music_agregator.const import DOMAIN
from sandbox import catalogue as c
from tests.fakes import FakeTorrentClient
from tests.helpers import until

from .helpers import Act, until_ended


@pytest.fixture
def calls(hass: HomeAssistant) -> list[ServiceCall]:
    calls: list[ServiceCall] = async_mock_service(hass, "test", "automation")
    return calls


async def automate(hass: HomeAssistant, *configs: dict[str, Any]) -> None:
    assert await async_setup_component(
        hass, automation.DOMAIN, {automation.DOMAIN: list(configs)}
    )
    await hass.async_block_till_done()


def telling(trigger: str, template: str, **options: Any) -> dict[str, Any]:
    """An automation that tells what triggered it."""
    return {
        "id": f"{trigger}-{options}",
        "triggers": {"trigger": f"{DOMAIN}.{trigger}", "options": options},
        "actions": {
            "action": "test.automation",
            "data": {"trigger": trigger, "said": template},
        },
    }


async def test_what_happens_to_an_album_triggers(
    hass: HomeAssistant, act: Act, calls: list[ServiceCall]
) -> None:
    await automate(
        hass,
        telling("album_completed", "{{ trigger.artist }}: {{ trigger.album }}"),
        telling("album_completed", "wrong", artist="Nobody"),
        telling("album_completed", "by name", artist="paper lanterns"),
        telling("album_completed", "quality", quality=["hi_res", "any"]),
        telling("album_failed", "{{ trigger.data.error }}"),
        telling("album_failed", "cancelled", status=["cancelled"]),
        telling("choice_needed", "{{ trigger.choices[0].title }}"),
    )
    await act("monitor_album", album_id=c.GLASS_HARBOUR.album_id, quality="lossless")
    await until_ended(hass)
    await until(lambda: len(calls) == 2)
    assert {call.data["said"] for call in calls} == {
        "The Paper Lanterns: Glass Harbour",
        "by name",
    }
    calls.clear()
    await act("monitor_album", album_id=c.UNHEARD.album_id, quality="any")
    await until(lambda: calls)
    assert [call.data["said"] for call in calls] == ["no_results"]
    calls.clear()
    answer = await act(
        "monitor_album",
        album_id=c.TIDEPOOL_SAMPLER.album_id,
        quality="any",
        mode="interactive",
    )
    await until(lambda: calls)
    assert calls[0].data["said"] == "VA - Tidepool Sampler (2004) [FLAC]"
    calls.clear()
    await act("cancel", run_id=answer["run_id"])
    await until(lambda: calls)
    assert [call.data["said"] for call in calls] == ["cancelled"]


@pytest.mark.parametrize(
    ("trigger", "options"),
    [
        ("album_completed", {"quality": ["loud"]}),
        ("album_completed", {"colour": "blue"}),
        ("album_failed", {"status": ["downloaded"]}),
        ("album_failed", {"status": []}),
        ("album_eaten", {}),
    ],
)
async def test_a_trigger_that_makes_no_sense_is_refused(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    trigger: str,
    options: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    await automate(hass, telling(trigger, "x", **options))
    (state,) = hass.states.async_all("automation")
    assert state.state == "unavailable"


@pytest.mark.parametrize(
    ("options", "is_met"),
    [
        ({}, True),
        # As a form leaves them.
        ({"artist": "", "album": "", "album_id": "", "quality": []}, True),
        ({"artist": "Angstrom & Sohne"}, True),
        ({"album": "Naeve: Ca Ira!", "quality": "any"}, True),
        ({"album_id": c.NAEVE.album_id.upper()}, True),
        ({"quality": "lossless"}, False),
        ({"artist": "Nobody"}, False),
    ],
)
async def test_whether_an_album_is_in_progress(
    hass: HomeAssistant,
    act: Act,
    loaded: MockConfigEntry,
    client: FakeTorrentClient,
    calls: list[ServiceCall],
    options: dict[str, Any],
    is_met: bool,
) -> None:
    await automate(
        hass,
        {
            "triggers": {"trigger": "event", "event_type": "ask"},
            "conditions": {
                "condition": f"{DOMAIN}.album_in_progress",
                "options": options,
            },
            "actions": {"action": "test.automation"},
        },
    )
    hass.bus.async_fire("ask")
    await hass.async_block_till_done()
    assert calls == []
    client.step = 0.0
    answer = await act("monitor_album", album_id=c.NAEVE.album_id, quality="any")
    hass.bus.async_fire("ask")
    await hass.async_block_till_done()
    assert len(calls) == int(is_met)
    await act("cancel", run_id=answer["run_id"])
    hass.bus.async_fire("ask")
    await hass.async_block_till_done()
    assert len(calls) == int(is_met)
    await hass.config_entries.async_unload(loaded.entry_id)
    hass.bus.async_fire("ask")
    await hass.async_block_till_done()
    assert len(calls) == int(is_met)


@pytest.fixture
def blueprint(hass: HomeAssistant) -> Callable[..., dict[str, Any]]:
    """An automation from one of our blueprints."""
    source = Path(__file__).parents[2] / "blueprints/automation"
    target = Path(hass.config.path("blueprints/automation/music_agregator"))
    shutil.copytree(source, target, dirs_exist_ok=True)

    def use(name: str, **inputs: Any) -> dict[str, Any]:
        return {
            "id": name,
            "use_blueprint": {
                "path": f"music_agregator/{name}.yaml",
                "input": inputs,
            },
        }

    return use


@pytest.mark.parametrize(("tap", "said"), [("2", "person"), ("none", "declined")])
async def test_the_phone_chooses(
    hass: HomeAssistant,
    act: Act,
    blueprint: Callable[..., dict[str, Any]],
    tap: str,
    said: str,
) -> None:
    sent = async_mock_service(hass, "notify", "mobile_app_phone")
    await automate(
        hass, blueprint("choose_on_phone", notify_action="notify.mobile_app_phone")
    )
    answer = await act(
        "monitor_album",
        album_id=c.GLASS_HARBOUR.album_id,
        quality="any",
        mode="interactive",
    )
    await until(lambda: sent)
    asked = sent[0].data
    assert asked["title"] == "The Paper Lanterns - Glass Harbour"
    assert "1. FLAC, 7 MB, 14 seeders:" in asked["message"]
    tag = f"music_agregator/{answer['run_id']}/"
    assert [one["action"] for one in asked["data"]["actions"]] == [
        f"{tag}1",
        f"{tag}2",
        f"{tag}none",
    ]
    assert asked["data"]["actions"][1]["title"] == "2. MP3 320"
    hass.bus.async_fire("mobile_app_notification_action", {"action": "REPLY"})
    hass.bus.async_fire("mobile_app_notification_action", {"action": f"{tag}{tap}"})
    await until_ended(hass)
    told = (await act("get_events", run_id=answer["run_id"]))["events"]
    assert said in str(told)
    await until(lambda: len(sent) == 2)
    assert sent[1].data["message"] == "clear_notification"
    assert sent[1].data["data"]["tag"] == tag


async def test_it_is_announced(
    hass: HomeAssistant,
    act: Act,
    calls: list[ServiceCall],
    blueprint: Callable[..., dict[str, Any]],
) -> None:
    tell = {"action": "test.automation", "data": {"said": "{{ message }}"}}
    await automate(hass, blueprint("announce_when_done", tell=[tell]))
    await act("monitor_album", album_id=c.GLASS_HARBOUR.album_id, quality="lossless")
    await until(lambda: calls)
    assert calls[0].data["said"] == "The Paper Lanterns - Glass Harbour is there."
    await act("monitor_album", album_id=c.UNHEARD.album_id, quality="any")
    await until(lambda: len(calls) == 2)
    assert (
        calls[1]
        .data["said"]
        .startswith(
            "Ferro Mere - The Unheard Side could not be had. No indexer has this album"
        )
    )


@pytest.mark.parametrize("satellite", ["assist_satellite.kitchen", None])
async def test_the_speaker_that_was_asked_is_told(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    calls: list[ServiceCall],
    blueprint: Callable[..., dict[str, Any]],
    satellite: str | None,
) -> None:
    for component in ("homeassistant", "conversation"):
        assert await async_setup_component(hass, component, {})
    announced = async_mock_service(hass, "assist_satellite", "announce")
    tell = {"action": "test.automation", "data": {"said": "{{ message }}"}}
    await automate(hass, blueprint("get_and_tell", tell=[tell]))

    async def say(text: str) -> str:
        result = await async_converse(
            hass, text, None, Context(), language="en", satellite_id=satellite
        )
        return str(result.response.speech["plain"]["speech"])

    assert await say("let me know when the album stories is here") == (
        "I do not know which album you mean."
    )
    said = await say(
        "tell me when the album glass harbour by the paper lanterns is there"
    )
    assert said == (
        "Getting Glass Harbour by The Paper Lanterns. I will tell you when it is there."
    )
    await until(lambda: announced or calls)
    message = "Glass Harbour by The Paper Lanterns is there."
    if satellite:
        assert announced[0].data == {"entity_id": [satellite], "message": message}
    else:
        assert calls[0].data["said"] == message


async def test_it_is_scanned_and_played(
    hass: HomeAssistant,
    act: Act,
    calls: list[ServiceCall],
    blueprint: Callable[..., dict[str, Any]],
) -> None:
    played = async_mock_service(hass, "music_assistant", "play_media")
    rescan = {"action": "test.automation", "data": {"said": "scan {{ path }}"}}
    then = {"action": "test.automation", "data": {"said": "{{ artist }}: {{ album }}"}}
    await automate(
        hass,
        blueprint(
            "play_when_done",
            rescan=[rescan],
            wait=0,
            players=["media_player.kitchen"],
            then=[then],
        ),
    )
    await act("monitor_album", album_id=c.GLASS_HARBOUR.album_id, quality="lossless")
    await until(lambda: len(calls) == 2)
    assert calls[0].data["said"].startswith("scan /downloads/")
    assert calls[1].data["said"] == "The Paper Lanterns: Glass Harbour"
    assert [call.data for call in played] == [
        {
            "entity_id": ["media_player.kitchen"],
            "media_type": "album",
            "media_id": "Glass Harbour",
            "artist": "The Paper Lanterns",
        }
    ]


@pytest.mark.parametrize(
    "body",
    [
        {"artist": "The Paper Lanterns", "album": "Glass Harbour"},
        {"album_id": c.GLASS_HARBOUR.album_id, "quality": "lossless"},
    ],
)
async def test_a_webhook_asks(
    hass: HomeAssistant,
    act: Act,
    blueprint: Callable[..., dict[str, Any]],
    hass_client_no_auth: ClientSessionGenerator,
    body: dict[str, str],
) -> None:
    assert await async_setup_component(hass, "webhook", {})
    await automate(
        hass, blueprint("monitor_by_webhook", webhook_id="long-and-hard-to-guess")
    )
    http = await hass_client_no_auth()
    answer = await http.post("/api/webhook/long-and-hard-to-guess", json=body)
    assert answer.status == 200
    await hass.async_block_till_done()
    await until_ended(hass)
    (run,) = (await act("get_runs"))["runs"]
    assert (run["title"], run["quality"]) == ("Glass Harbour", "lossless")


async def test_a_tag_asks(
    hass: HomeAssistant, act: Act, blueprint: Callable[..., dict[str, Any]]
) -> None:
    assert await async_setup_component(hass, "tag", {"tag": {}})
    await automate(
        hass,
        blueprint("monitor_by_tag", tag="sleeve-1", album_id=c.GLASS_HARBOUR.album_id),
    )
    hass.bus.async_fire("tag_scanned", {"tag_id": "sleeve-1"})
    await hass.async_block_till_done()
    await until_ended(hass)
    (run,) = (await act("get_runs"))["runs"]
    assert run["status"] == "downloaded"


def test_every_blueprint_is_tried() -> None:
    folder = Path(__file__).parents[2] / "blueprints/automation"
    tried = Path(__file__).read_text()
    names = [path.stem for path in folder.glob("*.yaml")]
    assert len(names) == 6
    for name in names:
        assert f'"{name}"' in tried


@pytest.mark.parametrize("by_id", [True, False])
async def test_a_trigger_may_be_for_one_persons_albums(
    hass: HomeAssistant, loaded: MockConfigEntry, calls: list[ServiceCall], by_id: bool
) -> None:
    anna, ben = (
        MockUser(name=name, is_owner=True).add_to_hass(hass) for name in ("Anna", "Ben")
    )
    await automate(
        hass,
        telling(
            "album_completed",
            "{{ trigger.requested_by.name }}",
            requested_by=anna.id if by_id else "anna",
        ),
    )
    for user, album in ((anna, c.GLASS_HARBOUR), (ben, c.SLOW_CARTOGRAPHY)):
        await hass.services.async_call(
            DOMAIN,
            "monitor_album",
            {"album_id": album.album_id, "quality": "any"},
            blocking=True,
            context=Context(user_id=user.id),
        )
        await until_ended(hass)
    assert {
        run.requested_by.name for run in await loaded.runtime_data.app.history.runs()
    } == {
        "Anna",
        "Ben",
    }
    await hass.async_block_till_done()
    assert [call.data["said"] for call in calls] == ["Anna"]
