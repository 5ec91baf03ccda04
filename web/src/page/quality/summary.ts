// In short: how many test images it reads rightly, how sure that number is, and whether this page answers as Keras did.
import { create } from "../dom.ts";
import { exactPercent, kilobytes, percent, tiny, whole } from "../format.ts";
import { accuracyLimit, parityOf } from "./evaluation.ts";
import { numbers, type Part } from "./part.ts";

export const summary: Part = (model) => {
  const { metrics, training } = model.manifest;
  if (!metrics) return null;
  const parity = parityOf(model);
  const limit = accuracyLimit(model);
  const images = whole(metrics.test_images);

  const met = training
    ? `It was trained on ${whole(training.training_images)} images, then tried on ${images} others that it had never met.`
    : `It was tried on ${images} test images.`;
  const card = create("a", "", "model card");
  card.href = new URL("README.md", model.url).href;
  const prose = create(
    "div",
    "summary-text",
    create(
      "p",
      "",
      `${met} As many images of other people’s writing would have given a somewhat different rate; with 95\u00a0% confidence ` +
        "the true one lies inside the interval (Wilson’s).",
    ),
  );
  if (parity) {
    const reader = parity.runtime === "dense" ? "the code of this page" : "TensorFlow.js, which runs it here too,";
    prose.append(
      create(
        "p",
        "",
        `Before it was published, ${reader} read the very files that you have just downloaded, answered ` +
          `${whole(parity.samples)} test images with them, and was compared with Keras, which had trained the model.`,
      ),
    );
  }
  prose.append(
    create(
      "p",
      "",
      "Drawing on a screen is another task than writing on those test forms, so expect another rate here. The ",
      card,
      " has every number.",
    ),
  );

  const interval = metrics.test_accuracy_interval.map((end) => percent(end)).join("\u00a0to\u00a0");
  const rows: [string, Node | string][] = [
    ["right", whole(Math.round(metrics.test_accuracy * metrics.test_images))],
    ["accuracy", create("strong", "", percent(metrics.test_accuracy))],
    ["95\u00a0% interval", interval],
  ];
  if (limit !== null) rows.push(["needed to be published", exactPercent(limit)]);
  if (parity) {
    rows.push(["same answer as Keras", percent(parity.argmax_agreement, 2)]);
    rows.push(["largest deviation", tiny(parity.max_abs_diff)]);
  }
  rows.push(["download", `${kilobytes(model.format.bytes)}, ${model.format.dtype}`]);
  return create("div", "part wide summary", prose, numbers(`Measured on ${images} test images`, rows));
};
