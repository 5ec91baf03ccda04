import { largest } from "./dense/activations.ts";
import { lazyImport } from "./download.ts";
import { fail } from "./errors.ts";
import type { Format, Manifest } from "./manifest.ts";
import type {
  Drawings,
  Engine,
  Host,
  Judge,
  LinearWeights,
  LoadOptions,
  Model,
  Prediction,
  Prepared,
} from "./types.ts";

/**
 * Combine a manifest and its engine into the model that `load` returns.
 *
 * @param drawings Turns drawings into inputs; missing where the manifest does not say how.
 * @param extras Loads what most callers never need. Not a closure of `load`, which would keep all
 * downloaded bytes in
 *   memory for as long as the model lives.
 * @param options Options of `load`.
 */
export function createModel<Source>(
  manifest: Manifest,
  url: string,
  format: Format,
  engine: Engine,
  drawings: Drawings<Source> | null | undefined,
  extras: Host<Source>["extras"],
  options: LoadOptions,
  expires: unknown,
): Model<Source> {
  const { labels } = manifest;
  let judge: Judge | null | undefined;
  let judging: Promise<unknown> | undefined;

  async function answer(prepared: Prepared): Promise<Prediction> {
    const { probabilities, logits } = await engine.run(prepared.input);
    const labelIndex = probabilities.indexOf(largest(probabilities));
    const answered = { label: labels[labelIndex]!, labelIndex, probabilities, logits, ...prepared };
    judging ??= lazyImport(extras)
      .then(
        async ({ fetchJudge }) =>
          (judge = await fetchJudge?.(model, options, extras, engine, (next) => (engine = next))),
      )
      .catch(() => undefined); // nothing is known then
    return { ...answered, ...judge?.(answered) };
  }

  const preparing = (source: unknown): Drawings<Source> =>
    drawings ?? fail("input", `${manifest.name} must be given a Float32Array`, source);

  const model: Model<Source> = {
    manifest,
    url,
    labels,
    format,
    expires: expires as string,
    get linear(): LinearWeights | null {
      return engine.linear;
    },
    async predict(source) {
      // Numbers, whole ones too, alone or by name, as models without labels are given them.
      for (const given of [
        source,
        (Object(source) as Record<string, unknown>)[manifest.input.name],
      ])
        if (given instanceof Float32Array || given instanceof Int32Array)
          return answer({ input: Float32Array.from(given), picture: null });
      const prepared = await preparing(source).prepare(source as Source);
      return prepared.input ? answer(prepared) : prepared;
    },
    predictPicture: async (ink) => answer(preparing(ink).preparePicture(ink)),
    explain: async (source, label) =>
      (await lazyImport(extras)).explainAnswer(model, source, label),
    judge: async (prediction) => {
      await judging;
      return judge?.(prediction);
    },
    dispose() {
      engine.dispose();
    },
  };
  return model;
}
