"""A real JupyterLab starts and serves the course; tests/browser looks at it in a browser."""

import pytest
from browser.lab import Lab


pytestmark = pytest.mark.slow


def test_the_lab_page_opens_on_a_lesson(tmp_path):
    with Lab(tmp_path) as server:
        assert b"JupyterLab" in server.ask("lab/tree/notebooks/06_sampling.ipynb")
