// Taking the visitor's own classes along: a link, the model, and the examples.
import { copyBlock } from "../copy.ts";
import { create, createButton } from "../dom.ts";
import { whole } from "../format.ts";
import { say } from "../language.ts";
import { LINK_LIMIT } from "../../pad/link.ts";
import { FEWEST, taughtOf } from "./classes.ts";
import { FRAGMENT } from "./kept.ts";
import type { Lesson } from "./lesson.ts";
import { encodeClasses } from "./link.ts";
import { modelFiles, NAME } from "./model-files.ts";
import { npzOf } from "./npz.ts";
import type { Preparation } from "./preparation.ts";
import type { Session } from "./session.ts";
import { zip } from "./zip.ts";

type Tell = (words: string) => void;

/** @param tell Shows and announces a sentence. */
export function createTake(session: Session, lesson: Lesson, preparation: Preparation, tell: Tell): HTMLElement {
  const words = say.own.take;
  const saveModel = () => {
    const { learned } = lesson;
    if (!learned) {
      tell(words.notTrained);
      return;
    }
    const labels = taughtOf(session.classes).map(({ name }) => name);
    const files = modelFiles(learned.weights, labels, preparation, new Date());
    save(`${NAME}.zip`, zip(new Map([...files].map(([path, content]) => [`${NAME}/${path}`, content]))));
    tell(words.saved(`${NAME}.zip`));
  };
  const saveExamples = () => {
    const taught = taughtOf(session.classes);
    const single = taught.find(({ examples }) => examples.length < 2);
    if (taught.length < FEWEST || single) {
      tell(single && taught.length >= FEWEST ? words.fewExamples(single.name) : words.notTrained);
      return;
    }
    save(`${NAME}.npz`, npzOf(taught, preparation.size));
    tell(words.saved(`${NAME}.npz`));
  };
  const embed = new URL("embed.js", document.baseURI).href;
  const html = `<script type="module" src="${embed}"></script>
<sketch-classifier src="${NAME}/manifest.json"></sketch-classifier>`;
  const part = (title: string, note: string, ...more: HTMLElement[]) =>
    create("section", "part", create("h2", "", title), create("p", "explains", note), ...more);
  return create(
    "div",
    "own-take",
    part(words.link, words.linkNote, createLink(session, tell)),
    part(
      words.model,
      words.modelNote,
      createButton("action own-save-model", saveModel, words.saveModel),
      copyBlock(words.html, html, ""),
    ),
    part(
      words.examples,
      words.examplesNote,
      createButton("action own-save-examples", saveExamples, words.saveExamples),
      copyBlock(words.command, `pipeline build --data ${NAME}.npz`, ""),
    ),
  );
}

/** A button that copies a link to the classes; where it may not copy, the link is shown. */
function createLink(session: Session, tell: Tell): HTMLElement {
  const words = say.own.take;
  const field = create("input", "field own-link");
  Object.assign(field, { type: "text", readOnly: true, hidden: true });
  field.setAttribute("aria-label", words.linkField);
  const copy = async () => {
    const text = encodeClasses(session.classes);
    if (text.length > LINK_LIMIT) {
      tell(words.tooLong(whole(LINK_LIMIT), whole(text.length)));
      return;
    }
    const address = location.href.replace(/#.*|$/, FRAGMENT + text);
    try {
      await (navigator.clipboard as Clipboard | undefined)!.writeText(address); // missing on plain http
      tell(words.copied);
    } catch {
      field.value = address;
      field.hidden = false;
      field.focus();
      field.select();
      tell(words.copyByHand);
    }
  };
  return create(
    "div",
    "buttons",
    createButton("action own-copy", () => void copy(), words.copyLink),
    field,
  );
}

/** Hand a file to the visitor, as a download. */
function save(name: string, content: Uint8Array): void {
  const url = URL.createObjectURL(new Blob([content as Uint8Array<ArrayBuffer>]));
  const link = create("a", "");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => {
    URL.revokeObjectURL(url);
  }, 10_000); // ms; some browsers ask first where to save it
}
