"""A real JupyterLab from this environment: it starts, serves the course, and runs a lesson in its kernel."""

import json
import os
import subprocess
import sys
import time
import urllib.request
import uuid
from pathlib import Path

import pytest
import websocket


ROOT = Path(__file__).parents[1]
LESSON = "notebooks/06_sampling.ipynb"
pytestmark = pytest.mark.slow


class Server:
    """JupyterLab on a port of its own choice, spoken to as a browser would."""

    def __init__(self, folder):
        command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--port=0"]
        command += [f"--ServerApp.root_dir={ROOT}"]
        runtime = {"JUPYTER_RUNTIME_DIR": str(folder)}  # where the server writes its address
        self.log = (folder / "log").open("w+")
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log, env=os.environ | runtime)
        end = time.monotonic() + 60
        while not (notes := list(folder.glob("jpserver-*.json"))):
            assert self.process.poll() is None and time.monotonic() < end, Path(self.log.name).read_text()
            time.sleep(0.1)
        self.url, self.token = (json.loads(notes[0].read_text())[key] for key in ("url", "token"))

    def ask(self, path, content=None):
        headers = {"Authorization": f"token {self.token}", "Content-Type": "application/json"}
        body = None if content is None else json.dumps(content).encode()
        with urllib.request.urlopen(urllib.request.Request(self.url + path, body, headers), timeout=60) as answer:
            return answer.read()

    def kernel(self, path):
        """Open a notebook's session, as a double click does, and connect to its kernel."""
        wanted = {"path": path, "name": path, "type": "notebook", "kernel": {"name": "python3"}}
        identity = json.loads(self.ask("api/sessions", wanted))["kernel"]["id"]
        address = self.url.replace("http", "ws", 1) + f"api/kernels/{identity}/channels?token={self.token}"
        return websocket.create_connection(address, timeout=120)

    def close(self):
        self.process.terminate()
        self.process.wait(timeout=30)
        self.log.close()


def execute(connection, code):
    """Run code in the kernel; give the messages that it led to."""
    number = uuid.uuid4().hex
    header = {"msg_id": number, "msg_type": "execute_request", "session": "test", "username": "", "version": "5.3"}
    content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False, "stop_on_error": True}
    message = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
    connection.send(json.dumps(message))
    messages = []
    while True:
        frame = connection.recv()
        if isinstance(frame, bytes):  # a widget's picture on its way to the browser
            continue
        message = json.loads(frame)
        if message["parent_header"].get("msg_id") == number:
            messages.append((message["msg_type"], message["content"]))
            if messages[-1] == ("status", {"execution_state": "idle"}):
                return messages


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("lab"))
    yield server
    server.close()


def test_the_lab_page_opens_on_the_lesson(server):
    assert b"JupyterLab" in server.ask(f"lab/tree/{LESSON}")


def test_lesson_06_runs_from_top_to_bottom(server):
    cells = json.loads(server.ask(f"api/contents/{LESSON}?content=1"))["content"]["cells"]
    connection, shown = server.kernel(LESSON), []
    for cell in cells:
        if cell["cell_type"] == "code":
            messages = execute(connection, cell["source"])
            errors = ["\n".join(content["traceback"]) for kind, content in messages if kind == "error"]
            assert not errors, errors[0]
            shown += [set(content.get("data", {})) for _, content in messages]
    connection.close()
    widget = {"image/png", "application/vnd.jupyter.widget-view+json"}
    assert any(widget <= kinds for kinds in shown), "no widget with a picture to stand for it was shown"
