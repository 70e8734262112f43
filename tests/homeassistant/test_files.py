"""The files that Home Assistant and HACS read agree with the code and each other."""

import ast
import json
from pathlib import Path
import re
from typing import Any

from homeassistant.util.yaml import load_yaml_dict
import pytest

from custom_components.music_agregator import services
from custom_components.music_agregator.core import errors
from custom_components.music_agregator.core.decision import (
    EditionPreference,
    WordingPreference,
)
from custom_components.music_agregator.core.model import Mode, WorkflowStatus
from custom_components.music_agregator.core.quality import QualityProfile
from custom_components.music_agregator.core.reasons import SENTENCES
from custom_components.music_agregator.core.sentences import (
    SENTENCES as CANDIDATE_SENTENCES,
)


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
    for sentence in SENTENCES.values():
        assert sentence[0].isupper() or sentence.startswith(("{", "qBittorrent"))
        assert sentence.endswith(".")


def test_every_sentence_of_a_candidate_is_translated(strings: dict[str, Any]) -> None:
    for code, text in CANDIDATE_SENTENCES.items():
        assert strings["exceptions"][f"candidate_{code}"] == {"message": text}


def test_every_used_key_is_there(
    integration_folder: Path, strings: dict[str, Any]
) -> None:
    used = set()
    for path in integration_folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                used.add(node.value)
    errors_used = set(
        re.findall(
            r'"base": "(\w+)"', (integration_folder / "config_flow.py").read_text()
        )
    )
    known = {
        **strings["config"]["error"],
        **strings["config_subentries"]["indexer"]["error"],
    }
    assert errors_used <= set(known)
    assert set(strings["issues"]) <= used


def test_actions_agree(integration_folder: Path, strings: dict[str, Any]) -> None:
    described = load_yaml_dict(str(integration_folder / "services.yaml"))
    icons = json.loads((integration_folder / "icons.json").read_text())
    assert set(described) == set(strings["services"]) == set(icons["services"])
    for name, action in described.items():
        schema = getattr(services, f"SERVICE_{name.upper()}_SCHEMA")
        fields = {str(marker) for marker in schema.schema}
        assert (
            set(action["fields"]) == fields == set(strings["services"][name]["fields"])
        )


def test_choices_agree(strings: dict[str, Any]) -> None:
    states = strings["entity"]["sensor"]["latest_status"]["state"]
    assert set(states) == {status.value for status in WorkflowStatus}
    assert set(strings["selector"]["quality"]["options"]) == set(QualityProfile)
    assert set(strings["selector"]["mode"]["options"]) == set(Mode)
    assert set(strings["selector"]["edition"]["options"]) == set(EditionPreference)
    assert set(strings["selector"]["wording"]["options"]) == set(WordingPreference)


def test_every_field_is_described(strings: dict[str, Any]) -> None:
    flows = [
        strings["config"],
        strings["options"],
        strings["config_subentries"]["indexer"],
    ]
    for flow in flows:
        for step in flow["step"].values():
            assert set(step["data"]) == set(step["data_description"])


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
