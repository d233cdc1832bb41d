"""What the package says of itself: versions, dependencies, licences, the same everywhere."""

import re
import tomllib
from importlib.metadata import distributions
from pathlib import Path

import yaml
from packaging.specifiers import SpecifierSet

import ddpm_edu


ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def canonical(requirement):
    return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", requirement)[0]).lower()


def constraints():
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    return [line for line in lines if not line.startswith("#")]


def test_conda_gets_the_same_environment():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    *conda, pip = environment["dependencies"]
    assert pip == {"pip": ["--constraint constraints.txt", "--editable .[lab]"]}
    assert f"python{PROJECT['requires-python']}" in conda
    assert environment["name"] == PROJECT["name"]
    assert "conda activate ddpm-edu && ddpm-edu lab\n" in (ROOT / "environment.yml").read_text()


def test_every_dependency_is_pinned():
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]["requires"]
    expected = sum(PROJECT["optional-dependencies"].values(), PROJECT["dependencies"] + build)
    lines = constraints()
    assert {canonical(name) for name in expected} <= {canonical(line) for line in lines}
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in lines)


def test_every_pin_can_be_had_with_the_oldest_python():
    oldest = PROJECT["requires-python"].removeprefix(">=") + ".0"
    installed = {f"{canonical(found.name)}=={found.version}": found for found in distributions()}
    pins = {canonical(line) + line[line.index("=") :] for line in constraints()}
    asked = {pin: installed[pin].metadata.get("Requires-Python", "") for pin in pins & {*installed}}
    assert len(asked) > len(PROJECT["dependencies"])
    assert not {pin: needs for pin, needs in asked.items() if oldest not in SpecifierSet(needs)}


def test_the_pythons_are_the_same_everywhere():
    claimed = [
        line.removeprefix("Programming Language :: Python :: ")
        for line in PROJECT["classifiers"]
        if line.startswith("Programming Language :: Python :: 3.")
    ]
    assert claimed == [f"3.{11 + number}" for number in range(len(claimed))]
    assert PROJECT["requires-python"] == f">={claimed[0]}"
    told = (ROOT / "docs/install.md").read_text()
    assert re.findall(r"^\| (3\.\d+) \|", told, re.MULTILINE) == claimed
    looked_for = re.findall(r"python(3\.\d+)", (ROOT / "tools/setup.sh").read_text())
    assert looked_for == claimed[::-1]


def test_the_version_is_the_same_everywhere():
    version = ddpm_edu.__version__
    assert f"\n## {version} (" in (ROOT / "CHANGELOG.md").read_text()
    assert yaml.safe_load((ROOT / "CITATION.cff").read_text())["version"] == version


def test_the_licence_covers_what_the_wheel_ships():
    licences = set(PROJECT["license"].split(" AND "))
    assert licences == {"MIT", "CC-BY-4.0", "CC-BY-SA-3.0"}
    assert set(yaml.safe_load((ROOT / "CITATION.cff").read_text())["license"]) == licences
    about_data = (ROOT / "ddpm_edu/assets/README.md").read_text()
    assert "CC BY-SA 3.0" in about_data and "CC BY 4.0" in about_data
