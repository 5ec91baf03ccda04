// Why one answer and not another: the difference of their products, pixel by pixel.
import { create, createHeader, rich, setText } from "../dom.ts";
import { fixed, magnitude, signed } from "../format.ts";
import { say } from "../language.ts";
import { createLegend, createPixels } from "../pixels.ts";
import { largestOf, nameOfRow, type Subject } from "../subject.ts";
import { compare } from "./explain.ts";
import type { Part } from "./view.ts";

export function createVersus({ image, labels }: Subject): { readonly element: HTMLElement; readonly show: Part } {
  const heading = create("h3", "");
  const picture = createPixels("weight");
  const legend = createLegend();
  const rows = (["answer", "rival", "bias", "lead"] as const).map((name) => {
    const header = createHeader("row");
    const cell = create("td", `lead-${name}`);
    return { name, header, cell, row: create("tr", name === "lead" ? "strong total" : "", header, cell) };
  });
  const verdict = create("p", "versus-verdict");
  const element = create(
    "div",
    "versus",
    heading,
    create("div", "versus-picture", picture.figure, legend.element),
    create("table", "", create("tbody", "", ...rows.map(({ row }) => row))),
    verdict,
  );
  element.hidden = labels.length < 2;

  return {
    element,
    show({ explanation, ways, answer, rival, shown, hasBias, ...view }) {
      if (rival === null) return; // there is one class only
      const rowOf = (index: number) => ways[index]!.row;
      const differencesTo = (other: number) => compare(explanation, rowOf(answer), rowOf(other));
      const [ours, theirs] = [nameOfRow(view, rowOf(answer)), nameOfRow(view, rowOf(rival))];
      // The same scale for all rivals, so that they can be compared.
      const most = Math.max(...labels.map((_, other) => largestOf(differencesTo(other).differences)));
      const { differences, forAnswer, forRival, bias, lead } = differencesTo(rival);
      setText(heading, say.why.versus(labels[answer] ?? "", labels[rival] ?? ""));
      picture.show(image, differences, most, say.why.differencesName(ours, theirs));
      legend.show(most, say.why.differences);
      setText(picture.caption, say.why.differencesCaption(ours, theirs));
      const numbers = [forAnswer, forRival, bias, lead];
      const favours = [say.why.favour(ours), say.why.favour(theirs)] as const;
      const headers = [
        rich(say.why.over(theirs), { favour: create("span", "for", favours[0]) }),
        rich(say.why.over(ours), { favour: create("span", "against", favours[1]) }),
        [say.why.biasDifference],
        [say.why.leadInScore],
      ];
      for (const [index, { name, header, cell, row }] of rows.entries()) {
        header.replaceChildren(...headers[index]!);
        setText(cell, signed(numbers[index]!));
        row.hidden = name === "bias" && !hasBias;
      }
      const power = create("span", "", create("i", "", "e"), create("sup", "", fixed(lead, 2)));
      const times = magnitude(Math.exp(lead));
      verdict.replaceChildren(
        ...rich(say.why.verdict(ours, theirs, times, shown === answer && view.styles === 1), { power }),
      );
    },
  };
}
