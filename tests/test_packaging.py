"""What the package says of itself: versions, dependencies, licences, the same everywhere."""

import re
import tomllib
from pathlib import Path

import yaml

import ddpm_edu


ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def canonical(requirement):
    return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", requirement)[0]).lower()


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
    lines = [
        line
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        if not line.startswith("#")
    ]
    assert {canonical(name) for name in expected} <= {canonical(line) for line in lines}
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in lines)


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
