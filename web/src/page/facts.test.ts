import { expect, test } from "vitest";
import { parseManifest } from "../runtime/manifest.ts";
import type { LinearWeights, Model } from "../runtime/types.ts";
import { manifestOf, softmaxFormats } from "../testing/published.ts";
import { wordsOf } from "./facts.ts";

const plain = manifestOf(softmaxFormats(4, 2), 4, ["a", "b"]);
const linear = { outputs: 2 } as LinearWeights;

function model(drawing: readonly object[], channels: number, more: Partial<Model> = {}): Model {
  const input = { ...(plain["input"] as object), shape: [4 * channels], image: { height: 2, width: 2, channels } };
  const manifest = parseManifest({ ...plain, input, preprocess: { drawing, image: [{ step: "flatten" }] } });
  return { linear: null, labels: ["a", "b"], manifest, ...more } as Model;
}

test("an explanation is promised only where there is one, and drawing only where drawings are read", () => {
  const ink = [{ step: "ink" }, { step: "fit", box: 2 }, { step: "center", height: 2, width: 2 }];
  expect(wordsOf(model(ink, 1, { linear })).title).toBe("Draw. See why a 10-number model reads it as it does.");
  expect(wordsOf(model(ink, 1)).title).toBe("Draw. See how a model reads it while you draw.");
  const photo = [
    { step: "rgb", background: 1 },
    { step: "cover", height: 2, width: 2 },
  ];
  expect(wordsOf(model(photo, 3, { linear })).title).toMatch(/^Choose a picture/);
});
