import { largest } from "./activations.ts";
import { part } from "./download.ts";
import { fail } from "./errors.ts";
import type { Format, Manifest } from "./manifest.ts";
import type { BlankPrediction, Engine, Extras, Host, LinearWeights, Model, Prediction } from "./types.ts";

const BLANK: BlankPrediction = {
  label: null,
  labelIndex: -1,
  probabilities: null,
  logits: null,
  input: null,
  picture: null,
};

/**
 * Join a manifest and its engine to what `load` returns.
 *
 * @param drawings What makes inputs of drawings; null where the manifest does not say how.
 * @param host Asked when something else of the same is needed. Not a function of load's own: it would keep all that was
 *   downloaded in memory as long as the model.
 */
export function createModel<Source>(
  manifest: Manifest,
  url: string,
  format: Format,
  engine: Engine,
  drawings: Extras<Source> | null,
  host: Host<Source>,
): Model<Source> {
  const { labels } = manifest;

  async function answer(input: Float32Array, picture: Float32Array | null): Promise<Prediction> {
    const { probabilities, logits } = await engine.run(input);
    const labelIndex = probabilities.indexOf(largest(probabilities));
    return { label: labels[labelIndex]!, labelIndex, probabilities, logits, input, picture };
  }

  const preparing = (): Extras<Source> =>
    drawings ?? fail("input", `${manifest.name} must be given a Float32Array`, "a picture");

  function fromInk(ink: Float32Array): Promise<Prediction> {
    const { input, picture } = preparing().fromInk(ink, manifest);
    return answer(input, picture);
  }

  const model: Model<Source> = {
    manifest,
    url,
    labels,
    format,
    get linear(): LinearWeights | null {
      return engine.linear;
    },
    async predict(source) {
      if (source instanceof Float32Array) return answer(source, null);
      const { toInk, toPixels } = preparing();
      const ink = toInk(await toPixels(source), manifest);
      return ink ? fromInk(ink) : BLANK;
    },
    predictPicture: (ink) => Promise.resolve(ink).then(fromInk),
    predictAll: async (sources) => (await part(host.extras)).predictAll(model, sources),
    explain: async (source, label) => (await part(host.extras)).explainAnswer(model, source, label),
    dispose() {
      engine.dispose();
    },
  };
  return model;
}
