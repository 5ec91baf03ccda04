// The drawing in the page's address, so that a link, a reload or a step back restores it. It is in
// the part after #, which no browser sends to a server. Strokes are stored completely, a test image
// by its index, and the visitor's own images not at all.
import { decodeStrokes, encodeStrokes } from "../../pad/link.ts";
import { say } from "../language.ts";
import type { Store } from "../state.ts";
import type { PageDrawing } from "./page-drawing.ts";
import { testImage } from "./test-images.ts";

const DRAWING = /^#drawing=([^&]*)/;
const TEST_IMAGE = /^#test=([^&]*)/;
/** The stop at which it is to be seen, behind the drawing. */
const STOP = /&stop=\w+$/;

/** True if the address, from its # on, names what is on the pad. */
export const namesDrawing = (hash: string): boolean =>
  [DRAWING, TEST_IMAGE].some((pattern) => pattern.test(hash));

/** The part of the address after the page's own; empty for what an address cannot hold. */
export function fragmentOf({ image, strokes }: PageDrawing): string {
  if (image) return image.placed?.index === undefined ? "" : `#test=${image.placed.index}`;
  const text = encodeStrokes(strokes);
  return text === null ? "" : `#drawing=${text}`;
}

export function mountAddress(store: Store, drawing: PageDrawing): void {
  /** Index of the test image that the address names, until a model that has it is loaded. */
  let wanted: number | null = null;

  function read(): void {
    const { hash } = location;
    const [text, number] = [DRAWING, TEST_IMAGE].map((pattern) => pattern.exec(hash)?.[1]);
    // Any other # leads to a section of the page. Or the drawing is on the pad already.
    if (
      (text === undefined && number === undefined) ||
      hash.replace(STOP, "") === fragmentOf(drawing)
    )
      return;
    const strokes = decodeStrokes(text ?? "");
    if (strokes) drawing.put(strokes);
    else if (number !== undefined && /^\d{1,9}$/.test(number)) {
      wanted = Number(number);
      void fetchWanted();
    } else store.update({ note: say.draw.unreadable });
  }

  async function fetchWanted(): Promise<void> {
    const { model } = store.state;
    const index = wanted;
    if (!model || index === null) return;
    let note = say.draw.testMissing(index);
    try {
      const placed = await testImage(model, index);
      if (wanted !== index || store.state.model !== model) return; // the visitor has moved on
      if (placed) {
        store.update({ placed });
        return;
      }
    } catch (error) {
      if (wanted !== index || store.state.model !== model) return;
      console.error(error); // for the site's maintainer
      note = say.draw.testUnloaded(index);
    }
    wanted = null;
    store.update({ note });
  }

  function write(): void {
    if (drawing.current) return; // it is written when the stroke ends
    const [fragment, { hash, pathname, search }] = [fragmentOf(drawing), location];
    if (fragment === "" && drawing.strokes.length > 0) store.update({ note: say.draw.tooLong });
    if (fragment === hash.replace(STOP, "") || (fragment === "" && !namesDrawing(hash))) return;
    try {
      history.replaceState(history.state, "", pathname + search + fragment);
    } catch {
      // Safari allows 100 of these in 30 seconds. The next stroke writes the whole drawing anyway.
    }
  }

  read();
  drawing.watch((from) => {
    if (drawing.sample !== null) return; // nobody has drawn it
    wanted = null;
    // a task of its own: it takes as long as all else when a stroke ends
    if (from === null) setTimeout(write);
  });
  store.watch(["model"], () => void fetchWanted());
  addEventListener("hashchange", read); // also when a step through the history changes only this
}
