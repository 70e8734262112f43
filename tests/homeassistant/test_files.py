"""The files that Home Assistant and HACS read agree with the code and each other."""

import ast
import json
from pathlib import Path
import re
from typing import Any

from homeassistant.util.yaml import load_yaml_dict
import pytest

from custom_components.music_agregator import condition, schemas, trigger
from custom_components.music_agregator.config import options
from custom_components.music_agregator.core import errors
from custom_components.music_agregator.core.model import Mode, WorkflowStatus
from custom_components.music_agregator.core.quality import QualityProfile
from custom_components.music_agregator.core.sentences import CANDIDATES, ENDS
from custom_components.music_agregator.core.settings import (
    EditionPreference,
    WordingPreference,
)

from .test_quality_scale import host_files


@pytest.fixture
def strings(integration_folder: Path) -> dict[str, Any]:
    return json.loads((integration_folder / "strings.json").read_text())  # type: ignore[no-any-return]


def test_english_is_the_strings(
    integration_folder: Path, strings: dict[str, Any]
) -> None:
    english = (integration_folder / "translations/en.json").read_text()
    assert json.loads(english) == strings


def test_every_error_is_translated(strings: dict[str, Any]) -> None:
    codes = {
        kind.code
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.RequestError)
    } - {"unknown"}
    codes |= {"metadata_unavailable", "metadata_error", "store_error"}
    codes |= {"store_unavailable", "store_missing", "store_too_new"}
    assert codes <= set(strings["exceptions"])


def test_every_reason_is_a_sentence() -> None:
    for sentence in ENDS.values():
        assert sentence[0].isupper() or sentence.startswith(("{", "qBittorrent"))
        assert sentence.endswith(".")


def test_every_sentence_of_a_candidate_is_translated(strings: dict[str, Any]) -> None:
    for code, text in CANDIDATES.items():
        assert strings["exceptions"][f"candidate_{code}"] == {"message": text}


def constants(folder: Path) -> set[str]:
    """Every text that stands in the host's code."""
    return {
        node.value
        for path in host_files(folder)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_every_used_key_is_there(
    integration_folder: Path, strings: dict[str, Any]
) -> None:
    said = set(
        re.findall(
            r'(?:"base"|CONF_URL|CONF_NAME): "(\w+)"',
            (integration_folder / "config/validation.py").read_text()
            + (integration_folder / "config/indexer_flow.py").read_text(),
        )
    )
    known = {
        **strings["config"]["error"],
        **strings["config_subentries"]["indexer"]["error"],
    }
    assert said <= set(known)
    assert len(said) >= 9
    used = constants(integration_folder)
    assert set(strings["issues"]) <= used
    for group in ("triggers", "conditions"):
        assert set(strings[group]) <= used


def flat(tree: Any, path: str = "") -> dict[str, str]:
    """Every text of a translation, by its path."""
    if isinstance(tree, str):
        return {path: tree}
    return {
        name: text
        for key, value in tree.items()
        for name, text in flat(value, f"{path}.{key}").items()
    }


def blanks(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_language_is_complete(
    integration_folder: Path, strings: dict[str, Any], language: str
) -> None:
    path = integration_folder / f"translations/{language}.json"
    english, other = flat(strings), flat(json.loads(path.read_text()))
    assert set(other) == set(english)
    for name, text in other.items():
        assert text.strip(), name
        assert blanks(text) == blanks(english[name]), name
        assert "<" not in text, name
        assert "[%key" not in text, name
    if language != "en":
        same = [name for name, text in other.items() if text == english[name]]
        assert len(same) < len(english) / 8


@pytest.mark.parametrize("kind", ["triggers", "conditions"])
def test_triggers_and_conditions_agree(
    integration_folder: Path, strings: dict[str, Any], kind: str
) -> None:
    described = load_yaml_dict(str(integration_folder / f"{kind}.yaml"))
    named = {name: one for name, one in described.items() if not name.startswith(".")}
    icons = json.loads((integration_folder / "icons.json").read_text())
    code = {
        "triggers": set(trigger.TRIGGERS),
        "conditions": set(condition.CONDITIONS),
    }[kind]
    assert set(named) == set(strings[kind]) == set(icons[kind]) == code
    for name, one in named.items():
        assert set(one["fields"]) == set(strings[kind][name]["fields"])


def test_every_entity_has_a_name_and_an_icon(
    integration_folder: Path, strings: dict[str, Any]
) -> None:
    icons = json.loads((integration_folder / "icons.json").read_text())["entity"]
    for platform, entities in strings["entity"].items():
        for key, entity in entities.items():
            assert entity["name"]
            # What tells whether something answers has its device class's icon.
            if platform != "binary_sensor":
                assert icons[platform][key]["default"].startswith("mdi:")


def test_actions_agree(integration_folder: Path, strings: dict[str, Any]) -> None:
    described = load_yaml_dict(str(integration_folder / "services.yaml"))
    icons = json.loads((integration_folder / "icons.json").read_text())
    assert set(described) == set(strings["services"]) == set(icons["services"])
    for name, action in described.items():
        schema = getattr(schemas, f"SERVICE_{name.upper()}_SCHEMA")
        fields = {str(marker) for marker in schema.schema}
        assert (
            set(action["fields"]) == fields == set(strings["services"][name]["fields"])
        )


def test_choices_agree(strings: dict[str, Any]) -> None:
    states = strings["entity"]["sensor"]["latest_status"]["state"]
    assert set(states) == {status.value for status in WorkflowStatus}
    assert set(strings["selector"]["quality"]["options"]) == set(QualityProfile)
    assert set(strings["selector"]["mode"]["options"]) == set(Mode)
    for platform, key in (("sensor", "album_status"), ("event", "status")):
        entity = strings["entity"][platform][key]
        told = entity.get("state") or entity["state_attributes"]["event_type"]["state"]
        assert told == states
    assert set(strings["selector"]["edition"]["options"]) == set(EditionPreference)
    assert set(strings["selector"]["wording"]["options"]) == set(WordingPreference)


def test_every_field_is_described(strings: dict[str, Any]) -> None:
    flows = [
        strings["config"],
        strings["config_subentries"]["indexer"],
        *(one["fix_flow"] for one in strings["issues"].values() if "fix_flow" in one),
    ]
    steps = [step for flow in flows for step in flow["step"].values()]
    sections = strings["options"]["step"]["init"]["sections"]
    for step in (*steps, *sections.values()):
        assert set(step.get("data", ())) == set(step.get("data_description", ()))
    kept = {str(name): one for name, one in options.OPTIONS_SCHEMA.schema.items()}
    assert set(sections) == set(kept)
    for name, section in sections.items():
        fields = {str(field) for field in kept[name].schema.schema}
        assert set(section["data"]) == fields


def test_the_manifest(integration_folder: Path) -> None:
    manifest = json.loads((integration_folder / "manifest.json").read_text())
    keys = list(manifest)
    assert keys == ["domain", "name", *sorted(keys[2:])]
    assert "recorder" in manifest["dependencies"]
    for requirement in manifest["requirements"]:
        assert "==" not in requirement
    hacs = json.loads((integration_folder.parents[1] / "hacs.json").read_text())
    assert hacs["homeassistant"] == "2026.10.0"
    assert (integration_folder / "brand/icon.png").stat().st_size > 1000
