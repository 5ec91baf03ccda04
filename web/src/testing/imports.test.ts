// No module of web/src imports itself by way of others. Every kind of import counts: also of types
// alone, and what is fetched later by `import()`, for a reader has to follow them all.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";

const SRC = resolve(import.meta.dirname, "..");

type Imports = ReadonlyMap<string, readonly string[]>;

function importsOf(folder: string): Imports {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".ts"),
  );
  return new Map(
    files.map((name) => {
      const path = join(folder, name);
      const { importedFiles } = ts.preProcessFile(readFileSync(path, "utf8"));
      return [path, importedFiles.map(({ fileName }) => resolve(dirname(path), fileName))];
    }),
  );
}

/** The first one that is found, from a module to itself; empty where there is none. */
function findCircle(imports: Imports): readonly string[] {
  const done = new Set<string>();
  const follow = (module: string, path: readonly string[]): readonly string[] => {
    if (path.includes(module)) return [...path.slice(path.indexOf(module)), module];
    if (done.has(module)) return [];
    for (const next of imports.get(module) ?? []) {
      const circle = follow(next, [...path, module]);
      if (circle.length > 0) return circle;
    }
    done.add(module);
    return [];
  };
  return (
    [...imports.keys()].map((module) => follow(module, [])).find(({ length }) => length > 0) ?? []
  );
}

test("there is no circle of imports", () => {
  const imports = importsOf(SRC);
  const known = [...imports.values()].flat().filter((path) => imports.has(path));
  expect(known.length).toBeGreaterThan(imports.size); // it reads the imports of this project
  expect(findCircle(imports).map((path) => path.slice(SRC.length + 1))).toEqual([]);
});
