// The front end of `pipeline.show` in notebooks: an anywidget module, made into one file with all
// that it may need, because notebooks load it as text and have no address to fetch parts from. The
// model's files come from the kernel, too.
import { define } from "../embed/define.ts";
import { filesAtHand } from "../embed/files-at-hand.ts";
import { VERSION } from "../embed/version.ts";

/** Other releases on the same page, and pages that embed an element themselves, have other tags. */
const TAG = `sketch-classifier-${VERSION.toLowerCase().replace(/\W/g, "-")}`;
/** No browser can ask a network for this scheme. */
const ROOT = "kernel:/";

/** State that `Sketch` in pipeline/notebook/show.py shares with this module. */
interface State {
  /** Path → content: manifest.json, and the files of one format. */
  _files: Readonly<Record<string, DataView<ArrayBuffer>>>;
  _format: string;
  value: {
    readonly label: string;
    readonly probabilities: Readonly<Record<string, number>>;
  } | null;
  /** The model's input, as little-endian float32. */
  _input: DataView | null;
}

/** The part of anywidget's model that is used. */
interface Model {
  get<Key extends keyof State>(key: Key): State[Key];
  set<Key extends keyof State>(key: Key, value: State[Key]): void;
  save_changes(): void;
}

function render({ model, el }: { readonly model: Model; readonly el: HTMLElement }): () => void {
  define(TAG);
  const element = document.createElement(TAG as "sketch-classifier");
  const problem = document.createElement("p");
  problem.role = "alert";
  element.fetch = filesAtHand(model.get("_files"), ROOT);
  element.format = model.get("_format");
  element.src = `${ROOT}manifest.json`;
  const answer = (value: State["value"], input: Float32Array | null): void => {
    model.set("value", value);
    model.set("_input", input && new DataView(input.buffer, input.byteOffset, input.byteLength));
    model.save_changes();
  };
  element.addEventListener("predict", ({ detail: { label, probabilities, input } }) => {
    const named = element.model!.labels.map(
      (name, index) => [name, probabilities[index]!] as const,
    );
    answer({ label, probabilities: Object.fromEntries(named) }, input);
  });
  element.addEventListener("clear", () => {
    answer(null, null);
  });
  element.addEventListener("error", ({ detail }) => {
    problem.textContent = detail.message;
  });
  element.addEventListener("load", () => {
    problem.textContent = "";
  });
  // JupyterLab's keyboard shortcuts would take the keys that draw.
  el.dataset["lmSuppressShortcuts"] = "true";
  el.append(element, problem);
  return () => {
    element.remove(); // it releases the model
    problem.remove();
  };
}

export default { render };
