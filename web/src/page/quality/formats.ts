// The exported formats, and how each of them compares with Keras.
import { sizeOf } from "../../runtime/json.ts";
import type { Format, Manifest } from "../../runtime/manifest.ts";
import type { Model } from "../../runtime/types.ts";
import { create } from "../dom.ts";
import { kilobytes, percent, tiny, whole } from "../format.ts";
import { say } from "../language.ts";
import { scroller, table } from "../tables.ts";
import { outcome } from "./gates.ts";
import type { Part } from "./part.ts";

function row(format: Format, manifest: Manifest, here: boolean): readonly (Node | string)[] {
  const checks = manifest.verification?.checks.filter((check) => check.format === format.id) ?? [];
  const each = (text: (check: (typeof checks)[number]) => Node | string) =>
    create("span", "lines", ...checks.map((check) => create("span", "", text(check))));
  const name = create("span", "", create("code", "", format.id));
  if (here) name.append(create("small", "", say.quality.formats.here));
  return [
    name,
    kilobytes(format.bytes),
    each(({ runtime }) => say.quality.formats.runtimes[runtime]),
    each(({ test_accuracy: accuracy }) => (accuracy == null ? "–" : percent(accuracy, 2))),
    each(({ argmax_agreement: agreement }) => percent(agreement, 2)),
    each(({ max_abs_diff: difference }) => tiny(difference)),
    each(({ limit }) => tiny(limit)),
    each(({ passed }) => outcome(passed)),
  ];
}

/** Say whether this device gives Keras' answers; nothing where the manifest has no probes. */
function device(model: Model): readonly HTMLElement[] {
  if (!model.manifest.probes) return [];
  const { checks, checked } = say.quality.formats;
  const place = create("p", "device", checks);
  place.role = "status";
  void import("../../runtime/proof.ts").then(({ watchProof }) => {
    watchProof(model, ({ agreed, count }) => {
      place.replaceChildren(
        `${checks} ${checked(String(agreed), String(count))} `,
        outcome(agreed === count),
      );
    });
    // the first prediction begins it
    void model.predict(new Float32Array(sizeOf(model.manifest.input.shape)));
  });
  return [place];
}

export const formats: Part = (model) => {
  const { manifest, format } = model;
  if (manifest.formats.length === 0) return null;
  const words = say.quality.formats;
  const figures = table(
    words.caption,
    words.columns,
    manifest.formats.map((one) => row(one, manifest, one.id === format.id)),
  );
  figures.caption?.classList.add("unseen"); // the title says the same, and it is wider than a phone
  const { verification } = manifest;
  const samples = verification?.checks[0]?.samples;
  const how = verification
    ? words.compared(samples === undefined ? words.all : whole(samples), verification.tfjs)
    : words.notCompared;
  return [create("p", "explains", how), scroller(words.title, figures), ...device(model)];
};
