// The answer in large type. Screen readers announce it when drawing pauses, never during a stroke.
import { create, find, setText } from "../dom.ts";
import { takesPhotos } from "../../runtime/manifest.ts";
import { percent } from "../format.ts";
import { say } from "../language.ts";
import type { PageState, Store } from "../state.ts";
import { task } from "../words.ts";

/**
 * Pause in drawing before the answer is announced; any shorter, and a 4 would be announced after
 * its first stroke.
 */
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

export function mountAnswer(root: ParentNode, store: Store): void {
  const verdict = find(root, ".verdict");
  const glyph = find(verdict, ".glyph");
  const words = find(verdict, ".words");
  const [share, rest, often] = [
    create("span", "number"),
    create("small", ""),
    create("small", "often"),
  ];
  const spoken = find(verdict, ".spoken");
  let timer = 0;

  store.watch(["model", "prediction"], (state) => {
    verdict.hidden = state.model === null;
    if (!state.model) return;
    const [first, second] = ranked(state);
    const { doubt = null, often: right = "" } = state.trust ?? {};
    verdict.classList.toggle("doubtful", doubt !== null);
    setText(glyph, doubt ? "?" : (first?.label ?? ""));
    if (!first || !second) {
      setText(
        words,
        takesPhotos(state.model.manifest) ? say.draw.choose : task(state.model.manifest),
      );
      return;
    }
    const [most, next] = doubt ?? [percent(first.share), after(second)];
    setText(share, most);
    setText(rest, next);
    setText(often, right);
    if (!share.isConnected) words.replaceChildren(share, " ", rest, " ", often);
  });

  store.watch(["model", "prediction", "drawing", "placed"], (state) => {
    clearTimeout(timer);
    if (state.drawing || state.sample) return;
    timer = window.setTimeout(() => {
      const [first, second] = ranked(state);
      if (first && second) {
        const { label, share } = first;
        const answer =
          state.trust?.doubt?.join(" ") ?? `${label}, ${percent(share)}; ${after(second)}.`;
        const truth = state.placed && `${state.placed.caption}.`;
        setText(spoken, [answer, state.trust?.often, truth].filter(Boolean).join(" "));
      } else if (!state.ink && !state.placed) {
        setText(spoken, spoken.textContent === "" ? "" : say.draw.empty);
      }
    }, REST_MS);
  });
}
