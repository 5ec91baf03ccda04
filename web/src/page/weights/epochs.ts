// The weights after each epoch. The files are fetched when the visitor first uses the slider.
import type { Model } from "../../runtime/types.ts";
import { create, find, setText } from "../dom.ts";
import { bytesOf, hasFile, readFile, readJson } from "../files.ts";
import { kilobytes, percent, whole } from "../format.ts";
import { failureNote } from "../loading.ts";
import type { Epoch } from "../records.ts";
import type { Store } from "../state.ts";
import { kernelsOf } from "./snapshots.ts";

/** How long each epoch is shown while playing: long enough to see what changed, short enough to see a movement. */
const EPOCH_MS = 450;
const FILES = ["history", "snapshots"];

interface Loaded {
  readonly epochs: readonly Epoch[];
  readonly kernels: readonly Float32Array[];
}

/** Names and numbers of the recorded facts about an epoch; before they are loaded, placeholders. */
function factsOf(at: Epoch | undefined, hasValidation: boolean): readonly (readonly [name: string, number: string])[] {
  const loss = (value: number | null = null) => value?.toFixed(3) ?? "\u2013";
  const share = (value: number | null = null) => (value === null ? "\u2013" : percent(value));
  const validation: readonly (readonly [string, string])[] = [
    ["validation loss", loss(at?.validation_loss)],
    ["validation accuracy", share(at?.validation_accuracy)],
  ];
  return [
    ["training loss", loss(at?.loss)],
    ["training accuracy", share(at?.accuracy)],
    ...(hasValidation ? validation : []),
  ];
}

/** @param show Paints an inputs × outputs kernel; with null, the model's own. */
export function mountEpochs(root: ParentNode, store: Store, show: (kernel: Float32Array | null) => void): void {
  const box = find(root, ".epochs");
  const play = find(box, ".play", HTMLButtonElement);
  const slider = find(box, ".epoch", HTMLInputElement);
  const facts = find(box, ".epoch-facts");
  const note = find(box, ".epochs-note");
  const state = find(box, ".epochs-state");
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let model: Model | null = null;
  let loaded: Loaded | null = null;
  let loading: Promise<void> | null = null;
  let timer: number | null = null;

  const last = () => Number(slider.max);

  function label(): void {
    setText(play, calm.matches ? "Next epoch" : timer === null ? "Play" : "Pause");
  }

  function stop(): void {
    if (timer !== null) clearInterval(timer);
    timer = null;
    label();
  }

  function paint(): void {
    const at = Number(slider.value);
    const epoch = loaded?.epochs[at];
    const which = at === 0 ? "untrained" : `of ${last()}`;
    const rows = factsOf(epoch, (model?.manifest.training?.validation_images ?? 0) > 0);
    const entries = [["epoch", `${at}\u00a0${which}`] as const, ...rows];
    facts.replaceChildren(
      ...entries.map(([name, number]) => create("div", "", create("dt", "", name), create("dd", "", number))),
    );
    const said = epoch ? entries : entries.slice(0, 1);
    slider.setAttribute("aria-valuetext", said.map(([name, number]) => `${name} ${number}`).join(", "));
    if (loaded) show(at === last() ? null : (loaded.kernels[at] ?? null));
  }

  async function fetchAll(of: Model): Promise<void> {
    const text = `Loading the weights of ${whole(last() + 1)} epochs…`;
    const progress = create("progress", "status-progress");
    progress.setAttribute("aria-label", "Download of the epochs");
    state.replaceChildren(create("p", "", text), progress);
    try {
      const [history, bytes] = await Promise.all([readJson(of, "history"), readFile(of, "snapshots")]);
      if (of !== model || !of.linear) return;
      loaded = { epochs: history.epochs, kernels: kernelsOf(history, bytes, of.linear) };
      slider.max = String(history.epochs.length - 1);
      state.replaceChildren();
      paint();
    } catch (error) {
      if (of !== model) return;
      stop();
      slider.value = slider.max; // these weights are available
      paint();
      const retry = () => {
        slider.focus(); // the button disappears
        void load();
      };
      state.replaceChildren(failureNote("The epochs could not be loaded.", error, retry));
    } finally {
      if (of === model) loading = null;
    }
  }

  async function load(): Promise<void> {
    if (loaded || !model) return;
    loading ??= fetchAll(model);
    await loading;
  }

  function next(): void {
    const at = Number(slider.value);
    slider.value = String(at >= last() ? 0 : at + 1);
    paint();
    if (Number(slider.value) === last()) stop();
  }

  async function press(): Promise<void> {
    if (timer !== null) {
      stop();
      return;
    }
    await load();
    if (!loaded) return;
    next();
    if (calm.matches || Number(slider.value) === last()) return;
    stop(); // if pressed twice while loading
    timer = window.setInterval(next, EPOCH_MS);
    label();
  }

  play.addEventListener("click", () => void press());
  const hasFailed = () => state.querySelector("button") !== null;
  slider.addEventListener("input", () => {
    stop();
    if (hasFailed()) slider.value = slider.max; // never name an epoch whose weights are not shown
    paint();
  });
  for (const event of ["focus", "pointerdown", "input"]) {
    slider.addEventListener(event, () => {
      if (!hasFailed()) void load(); // after a failure, only when the visitor retries
    });
  }
  calm.addEventListener("change", stop);
  document.addEventListener("visibilitychange", stop);

  store.watch(["model"], ({ model: current }) => {
    stop();
    model = current;
    loaded = null;
    loading = null;
    state.replaceChildren();
    const epochs = model?.manifest.training?.epochs ?? 0;
    box.hidden = !model?.linear || epochs < 1 || !FILES.every((name) => model && hasFile(model, name));
    slider.max = String(epochs); // before the value, which it limits
    slider.value = slider.max;
    paint();
    const bytes = model ? bytesOf(model, ...FILES) : 0;
    setText(
      note,
      `The colours mean the same for every epoch. The weights of all epochs (${kilobytes(bytes)}) are downloaded when you ` +
        "first use the slider; they are rounded to 256 steps. The last epoch is the model above.",
    );
  });
}
