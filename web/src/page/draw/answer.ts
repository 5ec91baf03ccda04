// The answer in large type. Screen readers announce it when drawing pauses, never during a stroke.
import { create, find, setText } from "../dom.ts";
import { takesPhotos } from "../../runtime/manifest.ts";
import type { Model } from "../../runtime/types.ts";
import { hasFile } from "../files.ts";
import { percent } from "../format.ts";
import { loadPanelWords, say } from "../language.ts";
import type { PageState, Store } from "../state.ts";
import type { readDoubts } from "../unlike.ts";
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

type Doubt = Awaited<ReturnType<typeof readDoubts>>;

/** Says of a drawing that it is unlike its answer. What that takes is fetched after the visitor's first answer. */
function followDoubts(store: Store, show: () => void): Doubt {
  const doubts = new WeakMap<Model, Doubt | null>();
  store.watch(["model", "prediction"], ({ model, prediction, sample }) => {
    if (!model || !prediction || sample || doubts.has(model) || !hasFile(model, "familiar")) return;
    doubts.set(model, null);
    Promise.all([import("../unlike.ts"), loadPanelWords()])
      .then(([{ readDoubts }]) => readDoubts(model))
      .then((doubt) => {
        doubts.set(model, doubt);
        show();
      })
      .catch((error: unknown) => {
        console.error(error); // for the site's maintainer; "When not to believe it" offers another attempt
      });
  });
  return (prediction) => {
    const { model } = store.state;
    return (model && doubts.get(model)?.(prediction)) ?? null;
  };
}

export function mountAnswer(root: ParentNode, store: Store): void {
  const verdict = find(root, ".verdict");
  const glyph = find(verdict, ".glyph");
  const words = find(verdict, ".words");
  const [share, rest] = [create("span", "number"), create("small", "")];
  const spoken = find(verdict, ".spoken");
  let timer = 0;

  const doubtOf = followDoubts(store, () => {
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
    const doubt = state.prediction && doubtOf(state.prediction);
    verdict.classList.toggle("doubtful", doubt !== null);
    setText(share, percent(first.share));
    setText(rest, doubt ?? after(second));
    if (!share.isConnected) words.replaceChildren(share, rest);
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
        const doubt = state.prediction && doubtOf(state.prediction);
        setText(spoken, `${label}, ${percent(share)}; ${doubt ?? after(second)}.${truth}`);
      } else if (!state.ink && !state.placed) {
        setText(spoken, spoken.textContent === "" ? "" : say.draw.empty);
      }
    }, REST_MS);
  });
}
