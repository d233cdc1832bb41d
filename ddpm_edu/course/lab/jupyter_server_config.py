"""What `ddpm-edu lab` tells the Jupyter server.

Still pictures are stored in the place of live widgets. A live widget that is stored with its
notebook shows "model not found" once its kernel has gone. Its still picture, in the same output,
shows everywhere: in JupyterLab, on GitHub, after nbconvert. While its kernel lives, a page that is
loaded again gets the live one back.

Old names lead to new ones: a link to workbook/01_forward_process.ipynb opens
workbook/01_exercises.ipynb, one to a lesson in notebooks/ opens the learner's copy of it.

Jupyter reads this file by itself, so that nothing of the course (and no torch) is loaded there.
"""

import json
import os
import sys


WIDGET = "application/vnd.jupyter.widget-view+json"
MARK = "ddpm-edu"  # on outputs that have a still twin: those of others are left alone
# What ipykernel says of itself. JupyterLab writes it into a notebook that says something else; a
# lesson that was only opened would then be changed, and closing it would ask to save it.
LANGUAGE = {
    "codemirror_mode": {"name": "ipython", "version": 3},
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
    "version": ".".join(map(str, sys.version_info[:3])),
}


def store_still_pictures(model, **_):
    """Take live widgets out of a notebook that is about to be written; the open page keeps them."""
    for _, output in marked(model):
        output["data"].pop(WIDGET, None)


def marked(model):
    """Yield (its place, the output) for each output of a notebook that has a still twin."""
    content = model.get("content")
    if model.get("type") != "notebook" or not content:
        return
    for cell in content.get("cells", []):
        for number, output in enumerate(cell.get("outputs", [])):
            if MARK in output.get("metadata", {}):
                yield (cell.get("id"), number), output


def live_views(model):
    """Return the live widgets of a notebook, by place."""
    return {
        place: output["data"][WIDGET] for place, output in marked(model) if WIDGET in output["data"]
    }


def put_back(model, views):
    """Put live widgets into a notebook where they were."""
    for place, output in marked(model):
        if place in views:
            output["data"][WIDGET] = views[place]


def name_language(model):
    """Say in a notebook for Python that is about to be opened what its kernel will say."""
    content = model.get("content")
    if model.get("type") == "notebook" and content:
        metadata = content["metadata"]
        if metadata.get("kernelspec", {}).get("name") == "python3":
            metadata["language_info"] = LANGUAGE


class Course:
    """Where the notebooks of a course are now.

    Args:
        renamed: old path -> new one, for those that are no longer at the old path.
        copied: path -> that of the learner's copy, which is opened in its place.
        read_only: folders whose notebooks are not to be changed.
    """

    def __init__(self, renamed=(), copied=(), read_only=()):
        self.renamed, self.copied = dict(renamed), dict(copied)
        self.read_only = tuple(f"{folder}/" for folder in read_only)

    def place(self, path, root):
        """Return where the notebook of a path is, in a course with this root."""

        def exists(path):
            return os.path.lexists(os.path.join(root, path))

        path = path.strip("/")
        copy, new = self.copied.get(path), self.renamed.get(path)
        if copy and exists(copy):
            return copy
        return new if new and not exists(path) and exists(new) else path


def managers(course):
    """Return the server's managers of files and of sessions, for a course.

    JupyterLab tells the path of a notebook to its session, hears where that is, and takes the name.
    """
    from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager
    from jupyter_server.services.sessions.sessionmanager import SessionManager

    class CourseFiles(AsyncLargeFileManager):
        def __init__(self, *arguments, **options):
            super().__init__(*arguments, **options)
            self.live = {}  # path -> (its kernel, the live widgets taken out at the last save)

        def _get_os_path(self, path):
            return super()._get_os_path(course.place(path, self.root_dir))

        async def save(self, model, path=""):
            if views := live_views(model):
                self.live[path] = await sessions[0].kernel_of(path), views
            return await super().save(model, path)

        async def get(self, path, content=True, type=None, *arguments, **options):
            model = await super().get(path, content, type, *arguments, **options)
            if model["type"] == "notebook":
                name_language(model)
                model["writable"] &= not model["path"].startswith(course.read_only)
            kernel, views = self.live.get(path, (None, {}))
            # An open page asks for the type; what is exported is asked for without.
            if type == "notebook" and kernel and kernel == await sessions[0].kernel_of(path):
                put_back(model, views)
            return model

    sessions = []  # the one manager, which the server makes later than that of files

    class CourseSessions(SessionManager):
        def __init__(self, *arguments, **options):
            super().__init__(*arguments, **options)
            sessions.append(self)

        async def kernel_of(self, path):
            """Return what tells the kernel of a notebook from others and from itself restarted."""
            place = course.place(path, self.contents_manager.root_dir)
            kernels = [s["kernel"]["id"] for s in await self.list_sessions() if s["path"] == place]
            kernel = self.kernel_manager.get_kernel(kernels[0]) if kernels else None
            return kernel and (kernels[0], getattr(kernel.provisioner, "pid", None))

        async def update_session(self, session_id, **fields):
            if path := fields.get("path"):
                fields["path"] = course.place(path, self.contents_manager.root_dir)
            await super().update_session(session_id, **fields)

    return CourseFiles, CourseSessions


get_config = globals().get("get_config")  # defined where Jupyter reads this file
if get_config is not None:
    files, sessions = managers(Course(**json.loads(os.environ.get("DDPM_EDU_LAB", "{}"))))
    get_config().FileContentsManager.pre_save_hook = store_still_pictures
    get_config().ServerApp.contents_manager_class = files
    get_config().ServerApp.session_manager_class = sessions
