// Which model this is: its name and version, and where its card says all the rest.
import { create } from "../dom.ts";
import { say } from "../language.ts";
import { numbers, type Part } from "./part.ts";

export const record: Part = (model) => {
  const { manifest } = model;
  const { name, version, created, card } = say.page.record;
  const link = create("a", "", card);
  link.href = new URL("README.md", model.url).href;
  const day = new Date(manifest.created).toLocaleDateString(say.dates, {
    dateStyle: "long",
    timeZone: "UTC",
  });
  const rows = [
    [name, manifest.name],
    [version, create("code", "", manifest.version)],
    [created, day],
  ] as const;
  return [numbers("", rows), create("p", "", link)];
};
