// Gives screen readers the names, and weak eyes the contrast, that JupyterLab lacks; withholds what
// a lesson asks to predict until a choice is made; keeps formulas and tables within the page.
// The form is that of a prebuilt JupyterLab extension; it is small enough to need no build.

const NAMES = {
  ".noUi-handle": (handle) =>
    handle.closest(".jupyter-widgets")?.querySelector(".widget-label")?.textContent,
  ".jp-CodeCell .cm-content": () => "Code",
  ".jp-MarkdownCell .cm-content": () => "Text",
  ".jp-collapseHeadingButton": () => "Fold this section",
};

// Links that are told from text by more than their colour; prompts and tracebacks in the colour of
// text, which has enough contrast in every theme. Formulas wider than the page scroll by themselves,
// and tables use its whole width.
const STYLE = `
  .jp-RenderedHTMLCommon a[href] { text-decoration: underline; }
  .jp-RenderedHTMLCommon a[href] code { color: inherit; text-decoration: underline; }
  .jp-InputPrompt, .jp-OutputPrompt { opacity: 1 !important; }
  .jp-InputPrompt, .jp-OutputPrompt { color: var(--jp-content-font-color1) !important; }
  .jp-RenderedText pre span { color: inherit !important; }
  .jp-RenderedHTMLCommon mjx-container[display="true"] {
    display: block; min-width: 0 !important; max-width: 100%; overflow-x: auto; overflow-y: hidden; padding: 2px 0;
  }
  .jp-RenderedHTMLCommon table { max-width: 100%; table-layout: auto; }
  .jp-RenderedHTMLCommon :is(td, th) { white-space: normal; overflow-wrap: anywhere; }
  .jp-RenderedHTMLCommon :is(td, th) code { white-space: normal; overflow-wrap: anywhere; }
  .ddpm-edu-predicted .jp-OutputPlaceholder .jp-PlaceholderText { display: none; }
  .ddpm-edu-predicted .jp-OutputPlaceholder .jp-Placeholder-contentContainer::before {
    content: "Choose above what you expect, then run this cell."; white-space: nowrap;
  }
  .ddpm-edu-withheld .jp-OutputPlaceholder .jp-Placeholder-contentContainer::before {
    content: "Choose above what you expect: this opens then.";
  }
`;

// What scrolls must be reached by keyboard.
const reachFormulas = () => {
  const formulas = 'mjx-container[display="true"]:not([tabindex])';
  for (const formula of document.querySelectorAll(formulas)) {
    if (formula.scrollWidth > formula.clientWidth) formula.tabIndex = 0;
  }
};

const TAG = "after-prediction"; // tools/folds.py
const withheld = new WeakSet();

// Cells that were run before the question above them was answered are folded until it is.
const withhold = (cells) => {
  let waits = false;
  for (const cell of cells) {
    const choices = cell.node.querySelector(".ddpm-edu-prediction");
    if (choices) waits = !choices.querySelector("input:checked");
    if (cell.model.type !== "code" || !cell.model.getMetadata("tags")?.includes(TAG)) continue;
    cell.node.classList.add("ddpm-edu-predicted"); // a folded output shows its first line
    const holds = waits && cell.outputArea.model.length > 0;
    if (holds && !cell.outputHidden) {
      cell.outputHidden = true;
      withheld.add(cell);
    } else if (!waits && withheld.has(cell)) {
      withheld.delete(cell);
      cell.outputHidden = false;
    }
    cell.node.classList.toggle("ddpm-edu-withheld", holds);
  }
};

const withholdEverywhere = (app) => {
  for (const widget of app.shell.widgets("main")) {
    if (widget.context?.model?.cells) withhold(widget.content.widgets);
  }
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
  id: "ddpm-edu:access",
  autoStart: true,
  activate: (app) => {
    document.head.appendChild(document.createElement("style")).textContent = STYLE;
    let planned = false;
    const look = () => {
      planned = false;
      giveNames();
      reachFormulas();
      withholdEverywhere(app);
    };
    const plan = () => {
      if (!planned) requestAnimationFrame(look);
      planned = true;
    };
    new MutationObserver(plan).observe(document.body, { childList: true, subtree: true });
    document.addEventListener("change", plan);
    plan();
  },
};

(window._JUPYTERLAB ??= {})["ddpm-edu"] = {
  init: () => {},
  get: async () => () => ({ __esModule: true, default: plugin }),
};
