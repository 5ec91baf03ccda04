// The name of each step of the preparation, and in few words what it does. No DOM.
import { say } from "../language.ts";
import type { AnyStep, Recipe } from "./film.ts";

/** The other steps change nothing that can be seen. */
type Named = Exclude<AnyStep["step"], "flatten" | "channel">;

/** A second fit only sets the size. */
export function captionOf({ steps }: Recipe, index: number) {
  const { step } = steps[index]!;
  const isFirst = steps.findIndex((other) => other.step === step) === index;
  return step === "fit" && !isFirst ? say.gets.resized : say.gets.steps[step as Named];
}
