"""One JupyterLab and one browser for all tests here; without Chromium they skip with a reason."""

import pytest

from browser import lab as lab_module


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    with lab_module.Lab(tmp_path_factory.mktemp("lab")) as server:
        yield server


@pytest.fixture(scope="module")
def chromium():
    if not lab_module.CHROMIUM:
        pytest.skip("these tests need Chromium, which is not installed")
    with lab_module.browser() as chromium:
        yield chromium
