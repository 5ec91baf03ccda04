// Runs in the page, built for it by parity.test.ts: test images through the page's own image steps and through embed.js.
import type { load as Load } from "../../web/src/embed/embed.ts";
import type { Manifest } from "../../web/src/runtime/manifest.ts";
import { prepareImage } from "../../web/src/runtime/preprocess/all-steps.ts";

interface Reference {
  readonly height: number;
  readonly width: number;
  readonly images: readonly { readonly label: number; readonly probabilities: readonly number[] }[];
}

/** How far a format's probabilities lie from those that Keras recorded. */
export interface Parity {
  readonly format: string;
  readonly images: number;
  readonly agreement: number;
  readonly maxDifference: number;
}

async function compare(latest: string): Promise<Parity[]> {
  const embed = new URL("embed.js", location.href).href;
  const { load } = (await import(/* @vite-ignore */ embed)) as { load: typeof Load };
  const { url } = await load(latest);
  const manifest = (await (await fetch(url)).json()) as Manifest;
  const fetchFile = (name: string) => fetch(new URL(manifest.files?.[name]?.path ?? `no ${name}`, url));
  const { height, width, images } = (await (await fetchFile("reference")).json()) as Reference;
  const packed = (await fetchFile("reference_images")).body!;
  const bytes = new Uint8Array(await new Response(packed.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer());
  const size = height * width;
  const inputs = images.map((_, index) => {
    const ink = bytes.subarray(index * size, (index + 1) * size);
    const shades = Float32Array.from(ink, (byte) => byte / 255);
    return prepareImage(shades, { height, width, channels: 1 }, manifest.preprocess?.image ?? []);
  });
  const results: Parity[] = [];
  for (const { id, route } of manifest.formats) {
    if (route !== "layers") continue;
    const model = await load(latest, { format: id });
    let maxDifference = 0;
    let agreeing = 0;
    for (const [index, input] of inputs.entries()) {
      const { probabilities, labelIndex } = await model.predict(input);
      const expected = images[index]!.probabilities;
      if (expected.indexOf(Math.max(...expected)) === labelIndex) agreeing++;
      for (const [label, share] of expected.entries()) {
        const difference = Math.abs(share - (probabilities?.[label] ?? NaN));
        maxDifference = Math.max(maxDifference, difference);
      }
    }
    results.push({ format: id, images: inputs.length, maxDifference, agreement: agreeing / inputs.length });
  }
  return results;
}

Object.assign(globalThis, { compare });
