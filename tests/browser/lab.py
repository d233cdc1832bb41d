"""JupyterLab from this environment in a real browser, with settings and places of its own."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager


CHROMIUM = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)
# all cells are in the page, also those out of sight
EVERY_CELL = {
    "@jupyterlab/notebook-extension/tracker.jupyterlab-settings": {"windowingMode": "none"}
}
OPTIONS = ["--no-browser", "--port=0"]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


class Lab:
    """JupyterLab on a port of its own choice.

    Args:
        folder: for its settings, its log and the learner's progress.
        settings: plugin file -> settings.
        checkout: of the course, to be opened as it is; without, a copy in `folder` is.
    """

    def __init__(self, folder, settings=EVERY_CELL, checkout=None):
        self.folder = folder
        for name, content in settings.items():
            path = folder / "settings" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(content))
        places = {
            "JUPYTER_RUNTIME_DIR": folder,  # where the server writes its address
            "JUPYTERLAB_SETTINGS_DIR": folder / "settings",
            "JUPYTERLAB_WORKSPACES_DIR": folder / "workspaces",
            "DDPM_EDU_PROGRESS": folder / "progress.json",
        }
        command = [sys.executable, "-m", "ddpm_edu", "lab", *OPTIONS]
        if checkout:
            places["PYTHONPATH"] = checkout
        else:  # in a copy of the course, since JupyterLab saves by itself
            command += ["--copy-to", str(folder)]
        self.log = (folder / "log").open("w+")
        environment = os.environ | {name: str(path) for name, path in places.items()}
        streams = {"stdout": self.log, "stderr": self.log}
        self.process = subprocess.Popen(command, **streams, env=environment, cwd=checkout)
        end = time.monotonic() + 60
        while not (notes := list(folder.glob("jpserver-*.json"))):
            starting = self.process.poll() is None and time.monotonic() < end
            assert starting, pathlib.Path(self.log.name).read_text()
            time.sleep(0.1)
        self.url, self.token = (json.loads(notes[0].read_text())[key] for key in ("url", "token"))

    def ask(self, path):
        headers = {"Authorization": f"token {self.token}"}
        with urllib.request.urlopen(
            urllib.request.Request(self.url + path, headers=headers), timeout=60
        ) as answer:
            return answer.read()

    def address(self, path):
        return f"{self.url}lab/tree/{path}?token={self.token}&reset"

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.process.terminate()
        self.process.wait(timeout=30)
        self.log.close()


@contextmanager
def browser():
    """Return Chromium, headless, with a fresh profile."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


def open_notebook(page, lab, path):
    """Open a notebook and wait until it has a kernel."""
    page.goto(lab.address(path))
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=60_000)


def run_all(page, seconds=240):
    """Clear outputs and run all cells from the menus, as a learner does; wait for the last cell."""
    choose(page, "Edit", "Clear Outputs of All Cells")
    choose(page, "Run", "Run All Cells")
    page.wait_for_function(ALL_DONE, timeout=1000 * seconds)


def choose(page, menu, item):
    page.get_by_role("menuitem", name=menu, exact=True).click()
    page.get_by_role("menuitem", name=item, exact=True).click()


ALL_DONE = """() => {
    // a folded cell has a placeholder in the place of its prompt
    const shown = '.jp-CodeCell .jp-InputPrompt:not(.jp-Placeholder-prompt)';
    const prompts = [...document.querySelectorAll(shown)];
    return prompts.length && prompts.every(prompt => /\\d/.test(prompt.textContent)) &&
        document.querySelector(".jp-Notebook-ExecutionIndicator[data-status='idle']") !== null;
}"""
