// Why one answer and not another: the difference of their products, pixel by pixel.
import { create, find, setText } from "../dom.ts";
import { magnitude, signed } from "../format.ts";
import { createLegend, createPixels } from "../pixels.ts";
import { largestOf } from "../subject.ts";
import { compare } from "./explain.ts";
import type { Part } from "./view.ts";

export function mountVersus(root: HTMLElement): Part {
  const heading = find(root, "h3");
  const picture = createPixels("weight");
  const legend = createLegend();
  const cells = ["answer", "rival", "bias", "lead"].map((name) => find(root, `.lead-${name}`));
  const name = (who: "answer" | "rival", label: string) => {
    for (const place of root.querySelectorAll(`.name-${who}`)) setText(place, label);
  };
  const verdict = create("p", "versus-verdict");
  heading.after(create("div", "versus-picture", picture.figure, legend.element));
  root.append(verdict);

  return ({ labels, image }, view) => {
    root.hidden = labels.length < 2;
    if (view?.rival == null) {
      setText(heading, "Why one answer and not another");
      picture.show(image, [], 1, "No differences");
      legend.show(null, "differences");
      setText(picture.caption, "what favours one answer over the other");
      for (const cell of cells) setText(cell, "\u2013");
      name("answer", "the answer");
      name("rival", "the next best");
      setText(verdict, "");
      return;
    }
    const { explanation, answer, rival } = view;
    const [ours, theirs] = [labels[answer] ?? "", labels[rival] ?? ""];
    // The same scale for all rivals, so that they can be compared.
    const most = Math.max(...labels.map((_, other) => largestOf(compare(explanation, answer, other).differences)));
    const { differences, forAnswer, forRival, bias, lead } = compare(explanation, answer, rival);
    setText(heading, `Why ${ours} and not ${theirs}?`);
    picture.show(image, differences, most, `Products for ${ours} minus those for ${theirs}`);
    legend.show(most, "differences");
    setText(picture.caption, `blue favours ${ours}, orange ${theirs}`);
    name("answer", ours);
    name("rival", theirs);
    for (const [index, number] of [forAnswer, forRival, bias, lead].entries()) setText(cells[index]!, signed(number));
    const next = view.shown === answer ? `, the next best` : "";
    const times = magnitude(Math.exp(lead));
    verdict.replaceChildren(
      `So ${ours} is `,
      create("i", "", "e"),
      create("sup", "", lead.toFixed(2)),
      `, about ${times}, times as probable as ${theirs}${next}.`,
    );
  };
}
