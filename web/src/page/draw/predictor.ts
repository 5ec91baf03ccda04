// Predicts while drawing: at most once per frame, always the latest drawing.
import { failure } from "../failures.ts";
import { say } from "../language.ts";
import type { BlankPrediction, Model, Prediction } from "../../runtime/types.ts";
import type { PageState, Store } from "../state.ts";

/** Null while nothing is on the pad. A small model answers before the frame is shown: its promise never really waits. */
function readPad({ ink, placed }: PageState, model: Model): Promise<Prediction | BlankPrediction> | null {
  if (placed) return placed.changed?.read(model) ?? model.predictPicture(placed.picture);
  return ink && model.predict(ink.read());
}

export function followDrawing(store: Store): void {
  let requests = 0;
  let running = false;

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
      const reading = model && readPad(store.state, model);
      if (!reading) {
        store.update({ prediction: null });
      } else {
        const prediction = await reading;
        if (store.state.model !== model) return;
        if (prediction.label !== null) store.update({ prediction });
        else store.update({ prediction: null, note: requests === serving ? say.draw.noInk : store.state.note });
      }
    } catch (error) {
      // A model that has been replaced meanwhile refuses; the new one predicts next.
      if (store.state.model === model) {
        store.update({ prediction: null, status: failure(error) });
      }
    } finally {
      running = false;
      if (requests !== serving) request();
    }
  }

  store.watch(["ink", "placed", "model"], request);
}
