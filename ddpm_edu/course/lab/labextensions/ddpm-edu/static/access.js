// Gives screen readers the names, and weak eyes the contrast, that JupyterLab lacks.
// The form is that of a prebuilt JupyterLab extension; it is small enough to need no build.

const NAMES = {
  ".noUi-handle": (handle) =>
    handle.closest(".jupyter-widgets")?.querySelector(".widget-label")?.textContent,
  ".jp-CodeCell .cm-content": () => "Code",
  ".jp-MarkdownCell .cm-content": () => "Text",
  ".jp-collapseHeadingButton": () => "Fold this section",
};

// Links that are told from text by more than their colour; prompts and tracebacks in the colour of
// text, which has enough contrast in every theme.
const STYLE = `
  .jp-RenderedHTMLCommon a[href] { text-decoration: underline; }
  .jp-InputPrompt, .jp-OutputPrompt { opacity: 1 !important; }
  .jp-InputPrompt, .jp-OutputPrompt { color: var(--jp-content-font-color1) !important; }
  .jp-RenderedText pre span { color: inherit !important; }
`;

const giveNames = () => {
  for (const [selector, nameOf] of Object.entries(NAMES)) {
    for (const element of document.querySelectorAll(`${selector}:not([aria-label])`)) {
      const name = nameOf(element);
      if (name) element.setAttribute("aria-label", name);
    }
  }
};

const plugin = {
  id: "ddpm-edu:access",
  autoStart: true,
  activate: () => {
    document.head.appendChild(document.createElement("style")).textContent = STYLE;
    new MutationObserver(giveNames).observe(document.body, { childList: true, subtree: true });
    giveNames();
  },
};

(window._JUPYTERLAB ??= {})["ddpm-edu"] = {
  init: () => {},
  get: async () => () => ({ __esModule: true, default: plugin }),
};
