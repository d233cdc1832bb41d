"""A prediction that is made before an experiment and compared with it afterwards."""

import html

from ddpm_edu.widgets.core import display_both


class Prediction:
    """A choice made before an experiment, and how it compares afterwards.

    Args:
        options: what may be expected, in a few words each.
    """

    def __init__(self, *options: str):
        import ipywidgets

        self.options = options
        whole = {"width": "max-content"}  # without it, long options would be cut off
        self.radio = ipywidgets.RadioButtons(options=options, value=None, layout=whole)
        # The page (course/lab/labextensions) withholds what happens as long as none is chosen.
        self.radio.add_class("ddpm-edu-prediction")
        listed = "".join(f"<li>{html.escape(option)}</li>" for option in options)
        still = {"text/html": f"<ul>{listed}</ul>", "text/plain": "\n".join(options)}
        display_both(self.radio, still)

    def compare(self, right: str, because: dict[str, str]) -> None:
        """Show how the choice compares; it may still be made, or changed, after this has run.

        Args:
            right: one of the options.
            because: option -> why it is right, or where it goes wrong; all options.
        Raises:
            ValueError: options that were not offered, or not all of them.
        """
        import ipywidgets

        if right not in self.options or set(because) != set(self.options):
            got = f"{list(because)}, of which {right!r} is right"
            raise ValueError(
                f"because: expected a reason for each of {list(self.options)}, got {got}"
            )
        box = ipywidgets.HTMLMath(self.verdict(right, because))
        marked = [("✓", right), *[("✗", name) for name in self.options if name != right]]
        page = fold(
            "".join(
                f"<p>{mark} <b>{html.escape(name)}</b>: {because[name]}</p>"
                for mark, name in marked
            )
        )
        plain = "\n".join(f"{mark} {name}: {because[name]}" for mark, name in marked)
        store = display_both(box, {"text/html": page, "text/plain": plain})

        def update(_):
            box.value = self.verdict(right, because)
            store({"text/html": box.value, "text/plain": plain})

        self.radio.observe(update, "value")

    def verdict(self, right, because):
        chosen = self.radio.value
        if chosen is None:
            return "<p>Choose above what you expect: your choice is then compared here.</p>"
        if chosen == right:
            return f"<p>✓ You predicted <b>{html.escape(right)}</b>: {because[right]}</p>"
        return (
            f"<p>✗ You predicted <b>{html.escape(chosen)}</b>: {because[chosen]}</p>"
            f"<p>What happens: <b>{html.escape(right)}</b>. {because[right]}</p>"
        )


def fold(page: str) -> str:
    """Return HTML that shows a page when it is asked for, on sites without a kernel too.

    The first line tells nothing: JupyterLab shows it of an output that is folded.
    """
    return f"<details><summary>What happens (predict first, then click)</summary>\n{page}</details>"
