// Every number in the page's text comes from the manifest. In index.html, `data-fact` names an entry of the first table below,
// `data-href` one of the second, and `data-needs` hides what does not apply to the loaded model. Where the text promises an
// explanation, `data-unexplained` is the text for models without one, and `data-photos` for models of photos.
import { takesPhotos } from "../runtime/manifest.ts";
import type { Model } from "../runtime/types.ts";
import { setText } from "./dom.ts";
import { percent, whole } from "./format.ts";
import type { Store } from "./state.ts";

type Fact = (model: Model) => string | null | undefined;

const FACTS: Readonly<Record<string, Fact>> = {
  name: ({ manifest }) => manifest.name,
  version: ({ manifest }) => manifest.version,
  accuracy: ({ manifest: { metrics } }) => metrics && percent(metrics.test_accuracy),
  interval: ({ manifest: { metrics } }) =>
    metrics?.test_accuracy_interval.map((end) => percent(end)).join("\u00a0to\u00a0"),
  "test-images": ({ manifest: { metrics } }) => metrics && whole(metrics.test_images),
  grid: ({ manifest: { input } }) => input.image && `${input.image.height}\u00a0×\u00a0${input.image.width}`,
  inputs: ({ linear }) => linear && whole(linear.inputs),
  classes: ({ labels }) => whole(labels.length),
  parameters: ({ linear }) => linear && whole(linear.kernel.length + linear.bias.length),
};

const LINKS: Readonly<Record<string, (model: Model) => string>> = {
  card: ({ url }) => new URL("README.md", url).href,
};

const NEEDS: Readonly<Record<string, (model: Model) => boolean>> = {
  version: () => true, // any model
  accuracy: ({ manifest }) => manifest.metrics !== null && manifest.training !== null,
  linear: ({ linear, manifest }) => linear !== null && manifest.input.image?.channels === 1,
};

/** Which version of the text is true of a model. */
export function textFor(model: Model): "explained" | "unexplained" | "photos" {
  if (NEEDS["linear"]?.(model)) return "explained";
  return takesPhotos(model.manifest) ? "photos" : "unexplained";
}

export function mountFacts(root: ParentNode, store: Store): void {
  const each = (attribute: string, use: (element: HTMLElement, key: string) => void) => {
    for (const element of root.querySelectorAll<HTMLElement>(`[data-${attribute}]`)) {
      use(element, element.dataset[attribute] ?? "");
    }
  };
  const variants = Array.from(root.querySelectorAll<HTMLElement>("[data-unexplained]"), (element) => {
    const { unexplained = "", photos = "" } = element.dataset;
    return { element, texts: { explained: element.textContent, unexplained, photos } };
  });
  store.watch(["model"], (state) => {
    const { model } = state;
    each("needs", (element, key) => {
      element.hidden = !model || NEEDS[key]?.(model) !== true;
    });
    if (!model) return;
    for (const { element, texts } of variants) setText(element, texts[textFor(model)]);
    each("fact", (element, key) => {
      element.textContent = FACTS[key]?.(model) ?? "";
    });
    each("href", (element, key) => {
      const href = LINKS[key]?.(model);
      if (href !== undefined) element.setAttribute("href", href);
    });
  });
}
