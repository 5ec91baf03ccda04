// The types of manifest.ts say what docs/manifest.schema.json says, which is generated from Python's types.
import { readFileSync } from "node:fs";
import ts from "typescript";
import { expect, test } from "vitest";

interface Schema {
  readonly $ref?: string;
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");
const schema = JSON.parse(read("../../../docs/manifest.schema.json")) as Schema & { $defs: Record<string, Schema> };
const source = ts.createSourceFile("manifest.ts", read("manifest.ts"), ts.ScriptTarget.Latest, true);
const interfaces = new Map(source.statements.filter(ts.isInterfaceDeclaration).map((one) => [one.name.text, one]));

/** Interface or, with a dot, the type of one of its properties → definition of the schema; "" is the root. */
const PAIRS = {
  Manifest: "",
  "Manifest.input": "InputSpec",
  "Manifest.output": "OutputSpec",
  "Manifest.verification": "Verification",
  "Manifest.data": "DataFacts",
  "Metrics.per_class": "ClassMetrics",
  ImageSize: "ImageSize",
  FileDigest: "FileDigest",
  Format: "ExportedFormat",
  FormatCheck: "FormatCheck",
  Metrics: "Metrics",
  Confidence: "Confidence",
  Gate: "Gate",
  Training: "TrainingFacts",
  SplitStatistics: "SplitStatistics",
};
/** In `latest.json` alone. */
const ADDED = ["FileDigest.text"];
/** A model that a page can load has them: parseManifest refuses the others. */
const CHECKED = ["Manifest.labels", "Manifest.input", "Manifest.output", "Manifest.linear"];

function membersOf(path: string): readonly ts.PropertySignature[] {
  const [name = "", key] = path.split(".");
  const members = interfaces.get(name)!.members.filter(ts.isPropertySignature);
  if (key === undefined) return members;
  let found: readonly ts.PropertySignature[] = [];
  const search = (node: ts.Node): void => {
    if (ts.isTypeLiteralNode(node)) found = node.members.filter(ts.isPropertySignature);
    else node.forEachChild(search);
  };
  search(members.find((member) => member.name.getText() === key)!.type!);
  return found;
}

/** JSON's kinds of the values that a type allows. */
function kindsOf(node: ts.TypeNode): string[] {
  if (ts.isUnionTypeNode(node)) return node.types.flatMap(kindsOf);
  const text = node.getText();
  if (text === "null" || text === "string" || text === "number" || text === "boolean") return [text];
  if (text.startsWith('"')) return ["string"];
  if (/^\d+$/.test(text)) return ["number"];
  return /^readonly .*\[\]$|^readonly \[/s.test(text) ? ["array"] : ["object"];
}

function kindsIn({ $ref, anyOf, enum: values, type }: Schema): string[] {
  if (anyOf) return anyOf.flatMap(kindsIn);
  if ($ref) return ["object"];
  if (values) return values.map((value) => typeof value);
  return [type === "integer" ? "number" : type!];
}

test.each(Object.entries(PAIRS))("%s is what the schema says", (path, definition) => {
  const { properties = {}, required = [] } = definition ? schema.$defs[definition]! : schema;
  const members = membersOf(path);
  const names = members.map((member) => member.name.getText()).filter((name) => !ADDED.includes(`${path}.${name}`));
  expect(names.sort()).toEqual(Object.keys(properties).sort());
  for (const member of members) {
    const name = member.name.getText();
    const property = properties[name];
    if (!property) continue;
    const typed = new Set([...kindsOf(member.type!), ...(member.questionToken ? ["null"] : [])]);
    const allowed = new Set(kindsIn(property));
    expect(
      [...typed].filter((kind) => !allowed.has(kind)),
      `${path}.${name} allows more than the schema`,
    ).toEqual([]);
    const literals = (member.type!.getText().match(/"[^"]*"|^\d+$/g) ?? []).map((text) => JSON.parse(text) as unknown);
    for (const literal of property.enum ? literals : []) expect(property.enum).toContain(literal);
    const narrower = [...allowed].filter((kind) => !typed.has(kind));
    const expected = CHECKED.includes(`${path}.${name}`) ? narrower : [];
    expect(narrower, `${path}.${name} allows less than the schema`).toEqual(expected);
    if (!required.includes(name)) expect(typed.has("null") || CHECKED.includes(`${path}.${name}`), name).toBe(true);
  }
});
