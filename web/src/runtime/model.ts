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

  function answer(input: Float32Array, picture: Float32Array | null): Prediction {
    const { probabilities, logits } = engine.run(input);
    const labelIndex = probabilities.indexOf(largest(probabilities));
    return { label: labels[labelIndex]!, labelIndex, probabilities, logits, input, picture };
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
      const drawing = prepare(isPixels(source) ? source : await host.toPixels(source), manifest);
      return drawing ? answer(drawing.input, drawing.picture) : BLANK;
    },
    dispose() {
      engine.dispose();
    },
  };
}

function isPixels(source: unknown): source is Pixels {
  return typeof source === "object" && source !== null && "data" in source && "width" in source && "height" in source;
}

/** A drawing as the picture that the model sees and the input made of it; null when nothing is drawn. */
function prepare(pixels: Pixels, manifest: Manifest): { picture: Float32Array; input: Float32Array } | null {
  const { preprocess, input } = manifest;
  if (!preprocess || !input.image) {
    return fail("input", `${manifest.name} must be given a Float32Array`, "a drawing");
  }
  const { height, width } = input.image;
  const { data, width: across, height: down } = pixels;
  if (!(across > 0 && down > 0 && data.length === 4 * across * down)) {
    fail("input", "Pixels must be width × height × RGBA", `${across} × ${down} with ${data.length} values`);
  }
  const ink = prepareDrawing(pixels, preprocess.drawing);
  if (!ink) return null;
  // What deskew leaves is still a picture of ink; scaling and what follows is for the model only.
  const split = preprocess.image.map(({ step }) => step).lastIndexOf("deskew") + 1;
  const picture = prepareImage(ink, height, width, preprocess.image.slice(0, split));
  return { picture, input: prepareImage(picture, height, width, preprocess.image.slice(split)) };
}
