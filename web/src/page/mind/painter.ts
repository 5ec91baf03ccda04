// Puts the picture that the model sees, with some of its pixels changed, on the pad.
import { say } from "../language.ts";
import { contentOf, type Placed, type Store } from "../state.ts";
import { changed, countChanged } from "./brush.ts";
import type { Way } from "./fewest.ts";
import { readPrepared } from "./prepared.ts";

/** The picture before any change. */
interface Original {
  readonly picture: Float32Array;
  /** Null for a drawing. */
  readonly caption: string | null;
}

/** @returns A function that changes pixels; unless a change `isNew`, undo takes it back together with the last one. */
export function createPainter(store: Store): (pixels: readonly number[], way: Way, isNew: boolean) => void {
  const originals = new WeakMap<Placed, Original>();
  let isOpen = false; // the line that goes on has begun to change something

  return (pixels, way, isNew) => {
    const { placed, prediction } = store.state;
    // While a pen moves, the answer may be one picture behind.
    const before = placed?.changed ? placed.picture : prediction?.picture;
    const picture = before && changed(before, pixels, way);
    if (isNew) isOpen = false;
    if (!picture) return;
    const original = (placed && originals.get(placed)) ?? { picture: before, caption: placed?.caption ?? null };
    const next: Placed = {
      picture,
      caption: say.mind.caption(original.caption, countChanged(picture, original.picture)),
      labelIndex: placed?.labelIndex ?? null,
      changed: {
        from: contentOf(store.state),
        continues: isOpen ? placed : null,
        read: readPrepared(picture),
      },
    };
    isOpen = true;
    originals.set(next, original);
    store.update({ placed: next });
  };
}
