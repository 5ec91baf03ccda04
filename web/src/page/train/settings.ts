// Settings of a training that a visitor can choose.
import { create, createOption } from "../dom.ts";
import { fixed } from "../format.ts";
import { say } from "../language.ts";
import type { Plan } from "../training/session.ts";

const RATES = [0.001, 0.01, 0.1, 1];
const BATCHES = [1, 8, 32, 128];
/** Full ink in raw pixels. */
const RAW = 255;

/** A number as it was configured, with all its digits. */
const plain = (value: number): string => fixed(value, String(value).split(".")[1]?.length ?? 0);

/** @param own How the model was trained: the choices that the visitor finds. */
export function createSettings(own: Plan, onChange: () => void) {
  const words = say.train;
  const menu = (name: string, numbers: readonly number[], chosen: number) => {
    const select = create("select", "");
    const all = [...new Set([...numbers, chosen])].sort((a, b) => a - b);
    select.append(...all.map((value) => createOption(String(value), plain(value))));
    select.value = String(chosen);
    select.addEventListener("change", onChange);
    return { select, label: create("label", "", create("span", "", name), select) };
  };
  const rate = menu(words.rate, RATES, own.rate);
  const batch = menu(words.batch, BATCHES, own.batch);
  const raw = create("input", "");
  raw.type = "checkbox";
  raw.addEventListener("change", onChange);
  const rawLabel = create("label", "raw", raw, create("span", "", words.raw));
  rawLabel.hidden = own.full === RAW;
  return {
    element: create("div", "train-settings", rate.label, batch.label, rawLabel),
    plan: (): Plan => ({
      ...own,
      rate: Number(rate.select.value),
      batch: Number(batch.select.value),
      full: raw.checked ? RAW : own.full,
    }),
  };
}
