// The models of the site side by side, each reading what is on the pad. Opened by the visitor, below the menu of models.
import { headlessHost } from "../../runtime/headless.ts";
import { confidenceOf } from "../../runtime/judge.ts";
import { load } from "../../runtime/load.ts";
import { oddsOf } from "../../runtime/odds.ts";
import type { Model, Prediction } from "../../runtime/types.ts";
import { create, setText } from "../dom.ts";
import { kilobytes, percent, significant } from "../format.ts";
import { say } from "../language.ts";
import { failureNote } from "../loading.ts";
import { readPad } from "../read-pad.ts";
import type { IndexEntry, Store } from "../state.ts";
import { scroller, table } from "../tables.ts";
import "./compare.css";
import { agreement, answerMs, Readers } from "./readers.ts";

/** What a model made of the pad. */
interface Read {
  readonly model: Model;
  /** Null while nothing is on the pad; "unread" if it is nothing that this model takes. */
  readonly prediction: Prediction | null | "unread";
  /** Of one answer; null until it is measured. */
  readonly ms: number | null;
}

type Column = Exclude<keyof typeof say.compare.columns, "model">;

/** What stands in the columns after the name. A column is a line here, and its title in `say.compare.columns`. */
const COLUMNS: Readonly<Record<Column, (read: Read) => string>> = {
  answer: ({ prediction }) => (prediction === "unread" ? say.compare.unread : (prediction?.label ?? "–")),
  share: ({ prediction }) =>
    prediction && prediction !== "unread" ? percent(prediction.probabilities[prediction.labelIndex] ?? 0) : "–",
  right({ model: { manifest }, prediction }) {
    if (!prediction || prediction === "unread" || !manifest.confidence) return "–";
    const { right, of } = oddsOf(confidenceOf(prediction.probabilities, manifest.confidence));
    return say.compare.odds(String(right), String(of));
  },
  size: ({ model }) => kilobytes(model.format.bytes),
  time: ({ ms }) => (ms === null ? "–" : say.compare.ms(significant(ms, 2))),
};
const NAMES = Object.keys(COLUMNS) as Column[];

/** If reading took all of them longer, they wait until the pen is lifted: the stroke must not stutter. */
const WHILE_DRAWING_MS = 12;

class Row {
  readonly entry: IndexEntry;
  readonly cells = NAMES.map((name) => create("span", `compare-${name}`, "–"));

  constructor(entry: IndexEntry) {
    this.entry = entry;
  }

  show(read: Read): void {
    NAMES.forEach((name, index) => {
      setText(this.cells[index]!, COLUMNS[name](read));
    });
  }
}

export function mount(place: HTMLElement, store: Store): void {
  const words = say.compare;
  const details = place.closest("details");
  const rows = store.state.entries.map((entry) => new Row(entry));
  const verdict = create("p", "compare-verdict");
  const failures = create("div", "");
  const figures = table(
    words.caption,
    [words.columns.model, ...NAMES.map((name) => words.columns[name])],
    rows.map(({ entry, cells }) => [entry.name, ...cells]),
  );
  figures.caption?.classList.add("unseen"); // the summary above says the same
  place.append(verdict, scroller(words.caption, figures), failures, create("p", "explains", words.explains));

  const times = new WeakMap<Model, number>();
  const readers = new Readers(
    (path) => load(new URL(`models/${path}`, document.baseURI), {}, headlessHost),
    (path, error) => {
      if (error !== undefined) offerRetry(path, error);
      request();
    },
  );
  const nameOf = (path: string) => rows.find(({ entry }) => entry.path === path)?.entry.name ?? path;
  const offerRetry = (path: string, error: unknown) => {
    const note = failureNote(say.failures.notLoaded(words.model(nameOf(path))), error, () => {
      note.remove();
      readers.forget(path);
      request();
    });
    failures.append(note);
  };

  let requests = 0;
  let running = false;
  let tookMs = 0;
  function request(): void {
    if (!details?.open || (store.state.drawing && tookMs > WHILE_DRAWING_MS)) return;
    requests += 1;
    if (running) return;
    running = true;
    setTimeout(() => void readAll()); // in a task of its own, which no frame waits for
  }

  async function readAll(): Promise<void> {
    const serving = requests;
    const began = performance.now();
    const read = [];
    for (const row of rows) {
      const found = await readWith(row.entry);
      if (found) {
        row.show(found);
        read.push({ row, ...found });
      }
    }
    tookMs = performance.now() - began;
    const predictions = read.map(({ prediction }) => prediction).filter((one) => one !== "unread");
    const labels = predictions.flatMap((one) => one?.label ?? []);
    const agree = read.length === rows.length ? agreement(labels) : null;
    const nothing = predictions.includes(null) ? words.empty : "";
    setText(verdict, agree === "agree" ? words.agree(labels[0]!) : agree === "differ" ? words.differ : nothing);
    for (const { row, ...one } of read) await measure(row, one);
    running = false;
    if (requests !== serving) request();
  }

  /** Null if the model is not there yet. */
  async function readWith(entry: IndexEntry): Promise<Read | null> {
    const { state } = store;
    // The page's own model is not loaded once more, and has answered already.
    const isChosen = entry.name === (state.chosen ?? state.entries[0]?.name);
    const model = isChosen ? state.model : readers.get(entry.path);
    if (!model) return null;
    const ms = times.get(model) ?? null;
    if (isChosen) return { model, prediction: state.prediction, ms };
    try {
      const prediction = (await readPad(state, model)) ?? null;
      return { model, prediction: prediction?.input ? prediction : null, ms };
    } catch {
      return { model, prediction: "unread", ms }; // a picture of another size, say
    }
  }

  /** Once for each model, one after the other, and not during a stroke. */
  async function measure(row: Row, { model, prediction, ms }: Read): Promise<void> {
    if (ms !== null || prediction === null || prediction === "unread" || store.state.drawing) return;
    try {
      times.set(model, await answerMs(model, prediction.input, () => performance.now()));
      row.show({ model, prediction, ms: times.get(model) ?? null });
    } catch {
      // The visitor chose another model meanwhile, and this one was released.
    }
  }

  details?.addEventListener("toggle", request);
  store.watch(["model", "prediction", "drawing"], request);
}
