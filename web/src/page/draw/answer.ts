// The answer in large type. Screen readers announce it when drawing pauses, never during a stroke.
import { create, find, setText } from "../dom.ts";
import { takesPhotos } from "../../runtime/manifest.ts";
import type { Model } from "../../runtime/types.ts";
import { hasFile } from "../files.ts";
import { percent } from "../format.ts";
import { loadPanelWords, say } from "../language.ts";
import type { PageState, Store } from "../state.ts";
import type { readTrust, Trust } from "../unlike.ts";
import { task } from "../words.ts";

/** Pause in drawing before the answer is announced; any shorter, and a 4 would be announced after its first stroke. */
const REST_MS = 700;

interface Rank {
  readonly label: string;
  readonly share: number;
}

/** The labels with their probabilities, most probable first. */
function ranked({ model, prediction }: PageState): readonly Rank[] {
  if (!model || !prediction) return [];
  return model.labels
    .map((label, index) => ({ label, share: prediction.probabilities[index] ?? 0 }))
    .sort((a, b) => b.share - a.share);
}

const after = ({ label, share }: Rank) =>
  share < 0.0005 ? say.draw.nothingElse : say.draw.then(label, percent(share));

type Teller = Awaited<ReturnType<typeof readTrust>>;

const isTrusted = (model: Model): boolean => Boolean(model.manifest.confidence) || hasFile(model, "familiar");

/** Says whether to believe an answer. What that takes is fetched when the visitor's first drawing is at rest. */
function followTrust(store: Store, show: () => void): (state: PageState) => Trust | null {
  const tellers = new WeakMap<Model, Teller | null>();
  store.watch(["model", "prediction", "drawing"], ({ model, prediction, drawing, sample }) => {
    if (!model || !prediction || drawing || sample || tellers.has(model) || !isTrusted(model)) return;
    tellers.set(model, null);
    Promise.all([import("../unlike.ts"), loadPanelWords()])
      .then(([{ readTrust }]) => readTrust(model))
      .then((teller) => {
        tellers.set(model, teller);
        show();
      })
      .catch((error: unknown) => {
        console.error(error); // for the site's maintainer; "When not to believe it" offers another attempt
      });
  });
  return ({ model, prediction, placed }) =>
    (model && prediction && tellers.get(model)?.(prediction, placed !== null)) ?? null;
}

export function mountAnswer(root: ParentNode, store: Store): void {
  const verdict = find(root, ".verdict");
  const glyph = find(verdict, ".glyph");
  const words = find(verdict, ".words");
  const [share, rest, often] = [create("span", "number"), create("small", ""), create("small", "often")];
  const spoken = find(verdict, ".spoken");
  let timer = 0;

  const trustOf = followTrust(store, () => {
    show(store.state);
  });
  const show = (state: PageState) => {
    verdict.hidden = state.model === null;
    if (!state.model) return;
    const [first, second] = ranked(state);
    setText(glyph, first?.label ?? "");
    if (!first || !second) {
      setText(words, takesPhotos(state.model.manifest) ? say.draw.choose : task(state.model.manifest));
      return;
    }
    const trust = trustOf(state);
    verdict.classList.toggle("doubtful", trust !== null && trust.doubt !== null);
    setText(share, percent(first.share));
    setText(rest, trust?.doubt ?? after(second));
    setText(often, trust?.often ?? "");
    if (!share.isConnected) words.replaceChildren(share, rest, often);
  };
  store.watch(["model", "prediction"], show);

  store.watch(["model", "prediction", "drawing", "placed"], (state) => {
    clearTimeout(timer);
    if (state.drawing || state.sample) return;
    timer = window.setTimeout(() => {
      const [first, second] = ranked(state);
      if (first && second) {
        const { label, share } = first;
        const truth = state.placed ? ` ${state.placed.caption}.` : "";
        const trust = trustOf(state);
        const often = trust?.often ? ` ${trust.often}` : "";
        setText(spoken, `${label}, ${percent(share)}; ${trust?.doubt ?? after(second)}.${often}${truth}`);
      } else if (!state.ink && !state.placed) {
        setText(spoken, spoken.textContent === "" ? "" : say.draw.empty);
      }
    }, REST_MS);
  });
}
