// Validators for untrusted JSON: each throws a ModelError `manifest` that says which value must be
// what.
import { fail } from "./errors.ts";
import { isRecord, isShape } from "./json.ts";
import { LIST_ITEMS } from "./limits.ts";

export type Check = (value: unknown, where: string) => void;
export type Checks = Readonly<Record<string, Check>>;

export const is =
  (rule: string, accepts: (value: unknown) => boolean): Check =>
  (value, where) =>
    accepts(value) || fail("manifest", `${where} must be ${rule}`, value);

export const each =
  (check: Check): Check =>
  (value, where) => {
    list(value, where);
    (value as unknown[]).forEach((item, index) => {
      check(item, `${where}[${index}]`);
    });
  };

export const has =
  (checks: Checks): Check =>
  (value, where) => {
    object(value, where);
    for (const key in checks)
      checks[key]!((value as Record<string, unknown>)[key], `${where}.${key}`);
  };

const list = is("a list", (value) => Array.isArray(value) && value.length <= LIST_ITEMS);
export const object = is("an object", isRecord);
export const size = is("a whole number > 0", (value) => isShape([value]));
