// Every number in the page's text comes from the manifest: `data-fact` in index.html names an entry of the first table,
// `data-href` one of the second, and `data-needs` hides what the loaded model cannot back.
import type { Model } from "../runtime/types.ts";
import { kilobytes, percent, tiny, whole } from "./format.ts";
import type { Store } from "./state.ts";

type Fact = (model: Model) => string | null | undefined;

/** What this page's own engine answered for the downloaded format, before publication. */
const parity = ({ manifest, format }: Model) =>
  manifest.verification?.checks.find((check) => check.format === format.id && check.runtime === "dense");
const accuracyGate = ({ manifest }: Model) =>
  manifest.gates?.find(({ name, limit }) => name === "test accuracy" && limit !== null)?.limit;

const FACTS: Readonly<Record<string, Fact>> = {
  name: ({ manifest }) => manifest.name,
  version: ({ manifest }) => manifest.version,
  accuracy: ({ manifest: { metrics } }) => metrics && percent(metrics.test_accuracy),
  interval: ({ manifest: { metrics } }) =>
    metrics?.test_accuracy_interval.map((end) => percent(end)).join("\u00a0to\u00a0"),
  right: ({ manifest: { metrics } }) => metrics && whole(Math.round(metrics.test_accuracy * metrics.test_images)),
  "test-images": ({ manifest: { metrics } }) => metrics && whole(metrics.test_images),
  "training-images": ({ manifest: { training } }) => training && whole(training.training_images),
  gate: (model) => {
    const limit = accuracyGate(model);
    return limit === null || limit === undefined ? null : percent(limit, 0);
  },
  "parity-samples": (model) => whole(parity(model)?.samples ?? 0),
  "parity-agreement": (model) => percent(parity(model)?.argmax_agreement ?? 0, 2),
  "parity-difference": (model) => tiny(parity(model)?.max_abs_diff ?? 0),
  download: ({ format }) => `${kilobytes(format.bytes)}, ${format.dtype}`,
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
  gate: (model) => typeof accuracyGate(model) === "number",
  parity: (model) => parity(model) !== undefined,
  linear: ({ linear, manifest }) => linear !== null && manifest.input.image !== null,
};

export function mountFacts(root: ParentNode, store: Store): void {
  const each = (attribute: string, use: (element: HTMLElement, key: string) => void) => {
    for (const element of root.querySelectorAll<HTMLElement>(`[data-${attribute}]`)) {
      use(element, element.dataset[attribute] ?? "");
    }
  };
  store.watch(["model"], (state) => {
    const { model } = state;
    each("needs", (element, key) => {
      element.hidden = !model || NEEDS[key]?.(model) !== true;
    });
    if (!model) return;
    each("fact", (element, key) => {
      element.textContent = FACTS[key]?.(model) ?? "";
    });
    each("href", (element, key) => {
      const href = LINKS[key]?.(model);
      if (href !== undefined) element.setAttribute("href", href);
    });
  });
}
