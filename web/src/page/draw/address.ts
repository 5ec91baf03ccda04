// The drawing in the page's address, so that a link, a reload or a step back brings it back. It is in the part behind #,
// which no browser sends to a server. Strokes are kept whole, a test image by its index; an image of the visitor's own is not.
import type { Store } from "../state.ts";
import type { Drawing, Sheet } from "./drawing.ts";
import { decodeStrokes, encodeStrokes } from "./link.ts";
import { testImage } from "./test-images.ts";

const DRAWING = /^#drawing=(.*)$/;
const TEST_IMAGE = /^#test=(.*)$/;
const UNREADABLE = "The address holds no drawing that this page can read, so it was left aside.";
const TOO_LONG = "This drawing is too long for an address: a link or a reload will not bring it back.";

/** What comes after the address of the page; empty for what an address cannot hold. */
export function fragmentOf(sheet: Sheet): string {
  if (sheet.kind === "placed") return sheet.placed.index === undefined ? "" : `#test=${sheet.placed.index}`;
  const text = sheet.kind === "strokes" ? encodeStrokes(sheet.strokes) : null;
  return text === null ? "" : `#drawing=${text}`;
}

export function mountAddress(store: Store, drawing: Drawing): void {
  /** Index of the test image that the address names, until a model that has it is there. */
  let wanted: number | null = null;

  function read(): void {
    const { hash } = location;
    const [text, number] = [DRAWING, TEST_IMAGE].map((pattern) => pattern.exec(hash)?.[1]);
    // Another # leads to a place on the page. Or this is what lies on the pad already.
    if ((text === undefined && number === undefined) || hash === fragmentOf(drawing.sheet)) return;
    const strokes = decodeStrokes(text ?? "");
    if (strokes) drawing.put({ kind: "strokes", strokes });
    else if (number !== undefined && /^\d{1,9}$/.test(number)) {
      wanted = Number(number);
      void fetchWanted();
    } else store.update({ note: UNREADABLE });
  }

  async function fetchWanted(): Promise<void> {
    const { model } = store.state;
    const index = wanted;
    if (!model || index === null) return;
    let note = `This model keeps no test image ${index}.`;
    try {
      const placed = await testImage(model, index);
      if (wanted !== index || store.state.model !== model) return; // the visitor went on, and so does the page
      if (placed) {
        store.update({ placed });
        return;
      }
    } catch (error) {
      if (wanted !== index || store.state.model !== model) return;
      console.error(error); // for whoever runs the site
      note = `Test image ${index} could not be loaded. Check your connection and load the page again.`;
    }
    wanted = null;
    store.update({ note });
  }

  function write(): void {
    const fragment = fragmentOf(drawing.sheet);
    const { hash, pathname, search } = location;
    const { sheet } = drawing;
    if (fragment === "" && sheet.kind === "strokes" && sheet.strokes.length > 0) store.update({ note: TOO_LONG });
    const isOurs = DRAWING.test(hash) || TEST_IMAGE.test(hash);
    if (fragment === hash || (fragment === "" && !isOurs)) return;
    try {
      history.replaceState(history.state, "", pathname + search + fragment);
    } catch {
      // Safari allows 100 of these in half a minute. The next stroke writes the whole drawing anyway.
    }
  }

  read();
  drawing.watch((change) => {
    wanted = null;
    if (change.kind === "sheet" && !drawing.current) write();
  });
  store.watch(["model"], () => void fetchWanted());
  addEventListener("hashchange", read); // also when a step through the history changes no more than this
}
