// The script of a blog's posts; a test adds its own.
globalThis.heard = [];
for (const name of ["load", "progress", "error", "predict", "clear"]) {
  const hear = ({ target }) => {
    if (target.model !== undefined) globalThis.heard.push(name);
  };
  document.addEventListener(name, hear, true); // not on the window: "load" never gets there
}
globalThis.addEventListener("pageshow", ({ persisted }) => {
  globalThis.persisted = persisted;
});
globalThis.find = (...path) =>
  path.reduce(
    (found, selector) => (found?.shadowRoot ?? found ?? null)?.querySelector(selector),
    document,
  );
