// The prediction follows the stroke: at most one for each frame, always of the latest drawing.
import { failure } from "../failures.ts";
import type { Ink, Store } from "../state.ts";

const UNINKED = "Nothing here stands out from its background, so there is nothing to read.";

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
    const { model, ink, placed } = store.state;
    try {
      if (!model || !(ink ?? placed)) {
        store.update({ prediction: null });
      } else {
        // With a small model this is done before the frame is shown: nothing in it really waits.
        const prediction = await (placed ? model.predictPicture(placed.picture) : model.predict(pixelsOf(ink!)));
        if (store.state.model !== model) return;
        if (prediction.label !== null) store.update({ prediction });
        else store.update({ prediction: null, note: asked === serving ? UNINKED : store.state.note });
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

  store.watch(["ink", "placed", "model"], request);
}

/** What lies outside the box, or outside the canvas, is transparent: leaving it out changes nothing but the time. */
const pixelsOf = ({ context, box }: Ink) => context.getImageData(box.x, box.y, box.width, box.height);
