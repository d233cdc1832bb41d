"""A prediction asked for before an experiment and compared with it afterwards."""

import html

from ddpm_edu.widgets.core import display_both


class Prediction:
    """A choice made before an experiment, and what to think of it afterwards.

    Args:
        options: what may be expected, in a few words each.
    """

    def __init__(self, *options: str):
        import ipywidgets

        self.options = options
        self.radio = ipywidgets.RadioButtons(options=options, value=None, layout={"width": "max-content"})
        listed = "".join(f"<li>{html.escape(option)}</li>" for option in options)
        display_both(self.radio, {"text/html": f"<ul>{listed}</ul>", "text/plain": "\n".join(options)})

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
            raise ValueError(
                f"because: wanted {list(self.options)}, saw {list(because)} and {right!r} as the right one"
            )
        box = ipywidgets.HTMLMath()

        def update(_=None):
            box.value = self.verdict(right, because)

        self.radio.observe(update, "value")
        update()
        plain = "\n".join(f"{'right' if name == right else 'wrong'}: {name}. {why}" for name, why in because.items())
        display_both(box, {"text/html": box.value, "text/plain": plain})

    def verdict(self, right, because):
        chosen = self.radio.value
        if chosen is None:
            return f"<p>No prediction made above. <b>{html.escape(right)}</b>: {because[right]}</p>"
        if chosen == right:
            return f"<p>✓ You predicted <b>{html.escape(right)}</b>: {because[right]}</p>"
        return (
            f"<p>✗ You predicted <b>{html.escape(chosen)}</b>: {because[chosen]}</p>"
            f"<p>What happens: <b>{html.escape(right)}</b>. {because[right]}</p>"
        )
