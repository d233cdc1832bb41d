"""Time pictures that follow sliders in a real browser: from key press to decoded image."""

import pathlib
import statistics
import sys
import tempfile

import nbformat


sys.path.append(str(pathlib.Path(__file__).parents[1] / "tests"))
from browser.lab import CHROMIUM, Lab, browser, open_notebook, run_all


MADE = """
import torch
from ddpm_edu import NoiseSchedule, cosine_schedule, linear_schedule, load_images, widgets
images, alt = load_images("mnist5k")[0][:10], "a widget"
fading = [images * (1 - t / 30) for t in range(30)]
linear, cosine = NoiseSchedule(linear_schedule(1000)), NoiseSchedule(cosine_schedule(1000))
schedules = {"linear": linear, "cosine": cosine}
rows = {"a": fading, "b": fading}
"""
WIDGETS = {
    "forward scrubber": "widgets.forward_scrubber(images, schedules, alt)",
    "schedule editor": "widgets.schedule_editor(alt)",
    "posterior explorer": "widgets.posterior_explorer(linear, alt)",
    "reverse scrubber, two rows": "widgets.reverse_scrubber(rows, range(30), alt)",
    "guidance slider": "widgets.guidance_slider(dict(enumerate(fading)), alt)",
}
WATCH = """image => {
    window.took = null;
    let start = null;
    const note = () => { start = performance.now(); };
    document.addEventListener('keydown', note, {capture: true, once: true});
    new MutationObserver((changes, observer) => {
        observer.disconnect();
        image.decode().then(() => { window.took = performance.now() - start; });
    }).observe(image, {attributes: true, attributeFilter: ['src']});
}"""


def response_times(page, box, presses=15):
    handle, times = box.locator(".noUi-handle").first, []
    handle.focus()
    at_the_end = handle.get_attribute("aria-valuenow") == handle.get_attribute("aria-valuemax")
    for number in range(presses):
        box.locator("img").evaluate(WATCH)
        handle.press(("ArrowRight", "ArrowLeft")[(number + at_the_end) % 2])
        times.append(page.wait_for_function("window.took", timeout=10_000).json_value())
    return times


def main():
    if not CHROMIUM:
        print("widgets: Chromium is not installed\n")
        return
    print("widgets, from key press to new picture, target <= 150 ms:")
    with (
        tempfile.TemporaryDirectory() as folder,
        Lab(pathlib.Path(folder)) as lab,
        browser() as chromium,
    ):
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
        cells = [nbformat.v4.new_code_cell(code) for code in (MADE, *WIDGETS.values())]
        book = nbformat.v4.new_notebook(cells=cells, metadata=kernel)
        nbformat.write(book, pathlib.Path(folder) / "notebooks/widgets.ipynb")
        page = chromium.new_page(viewport={"width": 1250, "height": 1000})
        open_notebook(page, lab, "notebooks/widgets.ipynb")
        run_all(page)
        boxes = page.locator(".widget-vbox").filter(has=page.locator(".noUi-handle")).all()
        for name, box in zip(WIDGETS, boxes, strict=True):
            times = response_times(page, box)
            print(f"  {name:<28} median {statistics.median(times):3.0f} ms, ", end="")
            print(f"worst of {len(times)} {max(times):3.0f} ms")
    print()


if __name__ == "__main__":
    main()
