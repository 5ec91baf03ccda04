import { largest } from "./activations.ts";
import { fail } from "./errors.ts";
import type { Format, Manifest } from "./manifest.ts";
import { prepareDrawing, prepareImage } from "./preprocess.ts";
import type { BlankPrediction, Engine, Host, LinearWeights, Model, Pixels, Prediction } from "./types.ts";

const BLANK: BlankPrediction = {
  label: null,
  labelIndex: -1,
  probabilities: null,
  logits: null,
  input: null,
  picture: null,
};

/** Join a manifest and its engine to what `load` returns. */
export function createModel<Source>(
  manifest: Manifest,
  url: string,
  format: Format,
  engine: Engine,
  host: Host<Source>,
): Model<Source> {
  const { labels } = manifest;

  async function answer(input: Float32Array, picture: Float32Array | null): Promise<Prediction> {
    const { probabilities, logits } = await engine.run(input);
    const labelIndex = probabilities.indexOf(largest(probabilities));
    return { label: labels[labelIndex]!, labelIndex, probabilities, logits, input, picture };
  }

  function fromInk(ink: Float32Array): Promise<Prediction> {
    const { preprocess, input } = manifest;
    if (!preprocess || !input.image) return refuse(manifest);
    const { height, width } = input.image;
    // Straightening leaves a picture of ink; scaling and what follows is for the model only.
    const split = preprocess.image.map(({ step }) => step === "deskew" || step === "align").lastIndexOf(true) + 1;
    const picture = prepareImage(ink, height, width, preprocess.image.slice(0, split));
    return answer(prepareImage(picture, height, width, preprocess.image.slice(split)), picture);
  }

  return {
    manifest,
    url,
    labels,
    format,
    get linear(): LinearWeights | null {
      return engine.linear;
    },
    async predict(source) {
      if (source instanceof Float32Array) return answer(source, null);
      const ink = toInk(isPixels(source) ? source : await host.toPixels(source), manifest);
      return ink ? fromInk(ink) : BLANK;
    },
    predictPicture: (ink) => Promise.resolve(ink).then(fromInk),
    dispose() {
      engine.dispose();
    },
  };
}

function isPixels(source: unknown): source is Pixels {
  return typeof source === "object" && source !== null && "data" in source && "width" in source && "height" in source;
}

function refuse({ name }: Manifest): never {
  return fail("input", `${name} must be given a Float32Array`, "a picture");
}

/** A drawing as height × width ink; null when nothing is drawn. */
function toInk(pixels: Pixels, manifest: Manifest): Float32Array | null {
  if (!manifest.preprocess || !manifest.input.image) return refuse(manifest);
  const { data, width, height } = pixels;
  if (!(width > 0 && height > 0 && data.length === 4 * width * height)) {
    fail("input", "Pixels must be width × height × RGBA", `${width} × ${height} with ${data.length} values`);
  }
  return prepareDrawing(pixels, manifest.preprocess.drawing);
}
