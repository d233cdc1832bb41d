// Says to screen readers what JupyterLab leaves without a name.
// The form is that of a prebuilt JupyterLab extension; it is small enough to need no build.

const NAMES = {
  ".noUi-handle": (handle) =>
    handle.closest(".jupyter-widgets")?.querySelector(".widget-label")?.textContent,
  ".jp-CodeCell .cm-content": () => "Code",
  ".jp-MarkdownCell .cm-content": () => "Text",
  ".jp-collapseHeadingButton": () => "Fold this section",
};

const giveNames = () => {
  for (const [selector, nameOf] of Object.entries(NAMES)) {
    for (const element of document.querySelectorAll(`${selector}:not([aria-label])`)) {
      const name = nameOf(element);
      if (name) element.setAttribute("aria-label", name);
    }
  }
};

const plugin = {
  id: "ddpm-edu:names",
  autoStart: true,
  activate: () => {
    new MutationObserver(giveNames).observe(document.body, { childList: true, subtree: true });
    giveNames();
  },
};

(window._JUPYTERLAB ??= {})["ddpm-edu"] = {
  init: () => {},
  get: async () => () => ({ __esModule: true, default: plugin }),
};
