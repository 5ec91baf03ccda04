// The summary: accuracy on the test images, its confidence interval, and parity with Keras.
import { create } from "../dom.ts";
import { exactPercent, kilobytes, percent, tiny, whole } from "../format.ts";
import { difference } from "../words.ts";
import { accuracyLimit, parityOf } from "./evaluation.ts";
import { numbers, type Part } from "./part.ts";

export const summary: Part = (model) => {
  const { metrics, training } = model.manifest;
  if (!metrics) return null;
  const parity = parityOf(model);
  const limit = accuracyLimit(model);
  const images = whole(metrics.test_images);

  const tested = training
    ? `The model was trained on ${whole(training.training_images)} images, then tested on ${images} others that it had never seen.`
    : `The model was tested on ${images} images.`;
  const card = create("a", "", "model card");
  card.href = new URL("README.md", model.url).href;
  const prose = create(
    "div",
    "summary-text",
    create(
      "p",
      "",
      `${tested} Another test set of the same size would give a slightly different accuracy; the true one is in the ` +
        "interval with 95\u00a0% confidence (Wilson’s).",
    ),
  );
  if (parity) {
    const reader = parity.runtime === "dense" ? "the code of this page" : "TensorFlow.js, which this page uses too,";
    prose.append(
      create(
        "p",
        "",
        `Before publishing, ${reader} ran the files that you have just downloaded on ${whole(parity.samples)} test images, ` +
          "and the answers were compared with those of Keras.",
      ),
    );
  }
  prose.append(
    create(
      "p",
      "",
      `${difference(model.manifest)}, so expect a different accuracy here. The `,
      card,
      " lists every number.",
    ),
  );

  const interval = metrics.test_accuracy_interval.map((end) => percent(end)).join("\u00a0to\u00a0");
  const rows: [string, Node | string][] = [
    ["correct", whole(Math.round(metrics.test_accuracy * metrics.test_images))],
    ["accuracy", create("strong", "", percent(metrics.test_accuracy))],
    ["95\u00a0% interval", interval],
  ];
  if (limit !== null) rows.push(["required for publishing", exactPercent(limit)]);
  if (parity) {
    rows.push(["same answer as Keras", percent(parity.argmax_agreement, 2)]);
    rows.push(["largest difference", tiny(parity.max_abs_diff)]);
  }
  rows.push(["download", `${kilobytes(model.format.bytes)}, ${model.format.dtype}`]);
  return create("div", "part wide summary", prose, numbers(`Measured on ${images} test images`, rows));
};
