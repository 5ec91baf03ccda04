// Predicts while drawing: at most once per frame, always the latest drawing. No answer is shown
// before it can be doubted.
import { failure } from "../failures.ts";
import { hasFile } from "../files.ts";
import { loadPanelWords, say } from "../language.ts";
import type { BlankPrediction, Model, Prediction } from "../../runtime/types.ts";
import type { PageState, Store } from "../state.ts";
import type { readTrust } from "../unlike.ts";

type Judge = Awaited<ReturnType<typeof readTrust>> | null;

const NOTHING = { prediction: null, trust: null };

/**
 * Null while nothing is on the pad. A small model answers before the frame is shown: its promise
 * never really waits.
 */
function readPad(
  { ink, placed }: PageState,
  model: Model,
): Promise<Prediction | BlankPrediction> | null {
  if (placed) return placed.changed?.read(model) ?? model.predictPicture(placed.picture);
  return ink?.suffices ? model.predict(ink.read()) : null;
}

/** Fetch the judge of a model's answers; null where there is none. */
async function fetchJudge(model: Model): Promise<Judge> {
  if (!model.manifest.confidence && !hasFile(model, "familiar")) return null;
  try {
    const [{ readTrust }] = await Promise.all([import("../unlike.ts"), loadPanelWords()]);
    return await readTrust(model);
  } catch (error) {
    console.error(error); // for the site's maintainer; the stop about doubt offers another attempt
    return null;
  }
}

export function followDrawing(store: Store): void {
  let requests = 0;
  let running = false;
  const judges = new WeakMap<Model, Promise<Judge>>();

  function request(): void {
    requests += 1;
    if (running) return;
    running = true;
    // In a task of its own: the frame shows the stroke first, and neither is long.
    requestAnimationFrame(() => setTimeout(() => void answer()));
  }

  async function answer(): Promise<void> {
    const serving = requests;
    const { model } = store.state;
    try {
      const judge = model && (await judgeOf(model));
      const { placed } = store.state;
      const reading = model && readPad(store.state, model);
      if (!reading) {
        store.update(NOTHING);
      } else {
        const prediction = await reading;
        if (store.state.model !== model) return;
        if (prediction.label !== null)
          store.update({ prediction, trust: judge?.(prediction, placed !== null) ?? null });
        else
          store.update({
            ...NOTHING,
            note: requests === serving ? say.draw.noInk : store.state.note,
          });
      }
    } catch (error) {
      // A model that has been replaced meanwhile refuses; the new one predicts next.
      if (store.state.model === model) {
        store.update({ ...NOTHING, status: failure(error) });
      }
    } finally {
      running = false;
      if (requests !== serving) request();
    }
  }

  /**
   * Fetched when the first stroke begins: until it is there, what was read before is no answer
   * either.
   */
  async function judgeOf(model: Model): Promise<Judge> {
    const { ink, placed, sample } = store.state;
    if (sample || !(ink ?? placed)) return null;
    let judge = judges.get(model);
    if (!judge) {
      store.update(NOTHING);
      judges.set(model, (judge = fetchJudge(model)));
    }
    return judge;
  }

  store.watch(["ink", "placed", "model"], request);
}
