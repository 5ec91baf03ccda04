// Taking the visitor's own classes along: a link, and the model for a page.
import { copyBlock } from "../copy.ts";
import { create, createButton, find, setText } from "../dom.ts";
import { say } from "../language.ts";
import type { Classes } from "./classes.ts";
import { FRAGMENT } from "./kept.ts";
import { encodeClasses } from "./link.ts";
import { modelFiles, NAME } from "./model-files.ts";
import type { Preparation } from "./preparation.ts";
import type { Learned } from "./training.ts";
import { zip } from "./zip.ts";

export function createTake(preparation: Preparation) {
  const words = say.own.take;
  let learned: Learned | null = null;
  const saveModel = () => {
    const { taught, weights } = learned!; // the button is there only where there is one
    const labels = taught.map(({ name }) => name);
    const files = modelFiles(weights, labels, preparation, new Date());
    save(
      `${NAME}.zip`,
      zip(new Map([...files].map(([path, content]) => [`${NAME}/${path}`, content]))),
    );
  };
  const html = `<script type="module" src="${new URL("embed.js", document.baseURI).href}"></script>
<sketch-classifier src="${NAME}/manifest.json"></sketch-classifier>`;
  const link = copyBlock(words.link, "", words.linkNote);
  link.classList.add("own-link");
  const model = copyBlock(words.model, html, words.modelNote);
  model.append(createButton("action own-save-model", saveModel, words.saveModel));
  const element = create("div", "own-take", create("h2", "", words.title), link, model);
  return {
    element,
    show(classes: Classes, now: Learned | null) {
      learned = now;
      element.hidden = !learned;
      setText(
        find(link, "code"),
        location.href.replace(/#.*|$/, FRAGMENT + encodeClasses(classes)),
      );
    },
  };
}

/** Hand a file to the visitor, as a download. */
function save(name: string, content: Uint8Array): void {
  const url = URL.createObjectURL(new Blob([content as Uint8Array<ArrayBuffer>]));
  Object.assign(create("a", ""), { href: url, download: name }).click();
  setTimeout(() => {
    URL.revokeObjectURL(url);
  }, 10_000); // ms; some browsers ask first where to save it
}
