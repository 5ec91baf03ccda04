// The prediction follows the stroke: at most one for each frame, always of the latest drawing.
import { failure } from "../failures.ts";
import type { Store } from "../state.ts";

export function followDrawing(store: Store): void {
  let asked = 0;
  let running = false;

  function request(): void {
    asked += 1;
    if (running) return;
    running = true;
    requestAnimationFrame(() => void answer());
  }

  async function answer(): Promise<void> {
    const serving = asked;
    const { model, ink } = store.state;
    try {
      if (!model || !ink) {
        store.update({ prediction: null });
      } else {
        // What lies outside the box, or outside the canvas, is transparent: leaving it out changes nothing but the time.
        // With a small model this is done before the frame is shown: nothing in it really waits.
        const prediction = await model.predict(
          ink.context.getImageData(ink.box.x, ink.box.y, ink.box.width, ink.box.height),
        );
        if (store.state.model === model) store.update({ prediction: prediction.label === null ? null : prediction });
      }
    } catch (error) {
      // A model that was exchanged meanwhile refuses; the new one is asked next.
      if (store.state.model === model) {
        store.update({ prediction: null, status: failure(error) });
      }
    } finally {
      running = false;
      if (asked !== serving) request();
    }
  }

  store.watch(["ink", "model"], request);
}
