// "Wrong? What did you draw?" One press on the right answer shows what pulled the model away from
// it. Nothing is kept or sent.
import { fillChoices } from "../choices.ts";
import { create, find } from "../dom.ts";
import { loadPanelWords, say } from "../language.ts";
import type { PageState, Store } from "../state.ts";

export function mountWrong(root: ParentNode, store: Store): void {
  const box = find(root, ".wrong", HTMLDetailsElement);
  const group = find(box, ".choices");
  const place = find(box, ".blame");
  let choices: ReturnType<typeof fillChoices> | null = null;

  const close = () => {
    box.open = false;
    choices?.mark(null);
    place.replaceChildren();
  };
  const explain = async (wanted: number) => {
    choices?.mark(wanted, wanted);
    const asked: PageState = store.state;
    try {
      const [{ blameOf }] = await Promise.all([import("../gets/blame.ts"), loadPanelWords()]);
      const found = await blameOf(asked, wanted);
      const { ink, placed } = store.state;
      // the same drawing may have been read again
      if (ink !== asked.ink || placed !== asked.placed) return;
      place.replaceChildren(...found, create("p", "note", say.wrong.unlearned));
      place.scrollIntoView({ block: "nearest" });
    } catch (error) {
      console.error(error); // for the site's maintainer
      place.replaceChildren(create("p", "", say.page.unloaded));
    }
  };

  place.addEventListener("click", ({ target }) => {
    // on a phone it would cover where the link leads
    if (target instanceof HTMLAnchorElement) box.open = false;
  });
  store.watch(["model"], ({ model }) => {
    choices = fillChoices(group, model?.labels ?? [], (index) => void explain(index));
    close();
  });
  store.watch(["ink", "placed"], close);
  store.watch(["prediction", "sample"], ({ prediction, sample }) => {
    box.hidden = !prediction || sample;
    // what was said may be about the answer before
    group.querySelector<HTMLElement>("[aria-pressed='true']")?.click();
  });
}
