// Which model this is: its name and version, and where its card says all the rest.
import type { Model } from "../../runtime/types.ts";
import { create } from "../dom.ts";
import { say } from "../language.ts";
import { numbers, type Part } from "./part.ts";

/** The address of its card: in English where there is none in the language, as in versions of earlier releases. */
export const cardOf = ({ manifest, url }: Pick<Model, "manifest" | "url">, language: string): string =>
  new URL(manifest.cards?.[language]?.path ?? "README.md", url).href;

export const record: Part = (model) => {
  const { manifest } = model;
  const { title, name, version, created, card } = say.page.record;
  const link = create("a", "", card);
  link.href = cardOf(model, document.documentElement.lang);
  const day = new Date(manifest.created).toLocaleDateString(say.numbers, { dateStyle: "long", timeZone: "UTC" });
  const rows = [
    [name, manifest.name],
    [version, create("code", "", manifest.version)],
    [created, day],
  ] as const;
  return create("div", "part record", numbers(title, rows), create("p", "", link));
};
