"""quality_scale.yaml against the list of rules, and the code against the file."""

import ast
import json
from pathlib import Path
import re
from typing import Any

from homeassistant.util.yaml import load_yaml_dict
import pytest

from custom_components.music_agregator import PLATFORMS

BRONZE = """
action-setup appropriate-polling brands common-modules config-flow-test-coverage
config-flow dependency-transparency docs-actions docs-conditions
docs-high-level-description docs-installation-instructions docs-removal-instructions
docs-triggers entity-event-setup entity-unique-id has-entity-name runtime-data
test-before-configure test-before-setup unique-config-entry
""".split()
SILVER = """
action-exceptions config-entry-unloading docs-configuration-parameters
docs-installation-parameters entity-unavailable integration-owner log-when-unavailable
parallel-updates reauthentication-flow test-coverage
""".split()
GOLD = """
devices diagnostics discovery-update-info discovery docs-data-update docs-examples
docs-known-limitations docs-supported-devices docs-supported-functions
docs-troubleshooting docs-use-cases dynamic-devices entity-category entity-device-class
entity-disabled-by-default entity-translations exception-translations icon-translations
reconfiguration-flow repair-issues stale-devices
""".split()
PLATINUM = ["async-dependency", "inject-websession", "strict-typing"]

# What the README or a page of docs/ has to have, for each rule that asks for it.
HEADINGS = {
    "docs-actions": "Actions",
    "docs-conditions": "Conditions",
    "docs-configuration-parameters": "Options",
    "docs-data-update": "How data is updated",
    "docs-examples": "Examples",
    "docs-installation-instructions": "Install",
    "docs-installation-parameters": "What is asked",
    "docs-known-limitations": "Known limitations",
    "docs-removal-instructions": "Remove",
    "docs-supported-devices": "What it works with",
    "docs-supported-functions": "Entities",
    "docs-triggers": "Triggers",
    "docs-troubleshooting": "Troubleshooting",
    "docs-use-cases": "What it is good for",
}


@pytest.fixture
def scale(integration_folder: Path) -> dict[str, Any]:
    rules = load_yaml_dict(str(integration_folder / "quality_scale.yaml"))["rules"]
    return {
        rule: state if isinstance(state, dict) else {"status": state}
        for rule, state in rules.items()
    }


def host_files(folder: Path) -> list[Path]:
    """Every file of the host, without the core."""
    core = folder / "core"
    return [path for path in folder.rglob("*.py") if core not in path.parents]


@pytest.fixture
def modules(integration_folder: Path) -> dict[str, ast.Module]:
    return {
        str(path.relative_to(integration_folder)): ast.parse(path.read_text())
        for path in host_files(integration_folder)
    }


def test_all_54_rules_are_named(scale: dict[str, Any]) -> None:
    rules = [*BRONZE, *SILVER, *GOLD, *PLATINUM]
    assert len(rules) == len(set(rules)) == 54
    assert set(scale) == set(rules)
    for rule, state in scale.items():
        assert state["status"] in {"done", "exempt", "todo"}, rule
        if state["status"] != "done":
            assert len(state["comment"]) > 40, rule


def test_what_is_not_true_is_not_claimed(
    scale: dict[str, Any], integration_folder: Path
) -> None:
    """qbittorrent-api is synchronous, and brings its own session."""
    manifest = json.loads((integration_folder / "manifest.json").read_text())
    own = any(one.startswith("qbittorrent-api") for one in manifest["requirements"])
    for rule in ("async-dependency", "inject-websession"):
        assert (scale[rule]["status"] == "todo") is own


def test_platforms_say_how_many_updates_may_run_at_once(
    modules: dict[str, ast.Module],
) -> None:
    for platform in PLATFORMS:
        assigned = {
            target.id
            for node in (
                modules.get(f"{platform}.py") or modules[f"{platform}/__init__.py"]
            ).body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        assert "PARALLEL_UPDATES" in assigned, platform


def test_no_error_is_raised_without_a_translation(
    modules: dict[str, ast.Module],
) -> None:
    kinds = {"HomeAssistantError", "ServiceValidationError"}
    kinds |= {"ConfigEntryNotReady", "ConfigEntryError"}
    raised = [
        node.exc
        for module in modules.values()
        for node in ast.walk(module)
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)
        if getattr(node.exc.func, "id", "") in kinds
    ]
    assert len(raised) >= 4
    for call in raised:
        keywords = {keyword.arg for keyword in call.keywords}
        assert {"translation_domain", "translation_key"} <= keywords
        assert not call.args


def test_the_session_is_home_assistants(integration_folder: Path) -> None:
    makers = {
        str(path.relative_to(integration_folder))
        for path in integration_folder.rglob("*.py")
        if "ClientSession(" in path.read_text()
    }
    # For scripts and notebooks, which have no Home Assistant; and for strangers' links, which
    # must not be followed with a session that reaches everything.
    assert makers == {"core/standalone/open.py", "core/common/reach.py"}
    for path in host_files(integration_folder):
        assert "open_app" not in path.read_text(), path


def test_the_synchronous_library_stays_in_its_room(integration_folder: Path) -> None:
    users = {
        path.name
        for path in integration_folder.rglob("*.py")
        if "qbittorrentapi" in path.read_text()
    }
    assert users == {"qbittorrent.py", "sync.py"}


def test_nothing_is_kept_in_hass_data(modules: dict[str, ast.Module]) -> None:
    for name, module in modules.items():
        if name == "bridge/ha_internals.py":
            # It reads Lovelace's own list of resources.
            continue
        for node in ast.walk(module):
            if isinstance(node, ast.Attribute) and node.attr == "data":
                assert getattr(node.value, "id", "") != "hass", name


def test_the_documentation_has_what_the_rules_ask_for(
    integration_folder: Path,
) -> None:
    root = integration_folder.parents[1]
    pages = [root / "README.md", *sorted((root / "docs").glob("*.md"))]
    text = "\n".join(page.read_text() for page in pages)
    headings = set(re.findall(r"^#+ (.+)$", text, re.MULTILINE))
    assert set(HEADINGS.values()) <= headings
    strings = json.loads((integration_folder / "strings.json").read_text())
    for group in ("services", "triggers", "conditions"):
        for name in strings[group]:
            assert f"`{name}`" in text or f"`music_agregator.{name}`" in text, name
    for platform, entities in strings["entity"].items():
        for entity in entities.values():
            assert entity["name"] in text, (platform, entity["name"])
    sections = strings["options"]["step"]["init"]["sections"].values()
    for label in (label for one in sections for label in one["data"].values()):
        assert label in text, label


def test_links_and_pictures_of_the_documentation_are_there(
    integration_folder: Path,
) -> None:
    root = integration_folder.parents[1]
    for page in (root / "README.md", *(root / "docs").glob("*.md")):
        for target in re.findall(r"\]\(([^)#]+)", page.read_text()):
            if "://" not in target:
                assert (page.parent / target).exists(), (page.name, target)
