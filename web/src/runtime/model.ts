import { largest } from "./dense/activations.ts";
import { part } from "./download.ts";
import { fail } from "./errors.ts";
import type { Format, Manifest } from "./manifest.ts";
import type { Drawings, Engine, Host, LinearWeights, Model, Prediction, Prepared } from "./types.ts";

/**
 * Join a manifest and its engine to what `load` returns.
 *
 * @param drawings What makes inputs of drawings; null where the manifest does not say how.
 * @param extras Asked for what most callers never need. Not a function of load's own: it would keep all that was
 *   downloaded in memory as long as the model.
 */
export function createModel<Source>(
  manifest: Manifest,
  url: string,
  format: Format,
  engine: Engine,
  drawings: Drawings<Source> | null,
  extras: Host<Source>["extras"],
): Model<Source> {
  const { labels } = manifest;

  async function answer(prepared: Prepared): Promise<Prediction> {
    const { probabilities, logits } = await engine.run(prepared.input);
    const labelIndex = probabilities.indexOf(largest(probabilities));
    return { label: labels[labelIndex]!, labelIndex, probabilities, logits, ...prepared };
  }

  const preparing = (): Drawings<Source> =>
    drawings ?? fail("input", `${manifest.name} must be given a Float32Array`, "a picture");

  const model: Model<Source> = {
    manifest,
    url,
    labels,
    format,
    get linear(): LinearWeights | null {
      return engine.linear;
    },
    async predict(source) {
      if (source instanceof Float32Array) return answer({ input: source, picture: null });
      const prepared = await preparing().prepare(source);
      return prepared.input ? answer(prepared) : prepared;
    },
    predictPicture: async (ink) => answer(preparing().preparePicture(ink)),
    predictAll: async (sources) => (await part(extras)).predictAll(model, sources),
    explain: async (source, label) => (await part(extras)).explainAnswer(model, source, label),
    dispose() {
      engine.dispose();
    },
  };
  return model;
}
