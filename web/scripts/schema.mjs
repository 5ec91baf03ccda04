// Writes src/runtime/schema.ts: the types of docs/manifest.schema.json, which Python writes from
// its own.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const WEB = dirname(import.meta.dirname);
const path = join(WEB, "src", "runtime", "schema.ts");
const { $defs, ...root } = JSON.parse(
  readFileSync(join(WEB, "..", "docs", "manifest.schema.json"), "utf8"),
);

function typeOf(schema) {
  const {
    $ref,
    anyOf,
    enum: values,
    type,
    items,
    minItems,
    properties,
    additionalProperties,
  } = schema;
  if ($ref) return $ref.replace("#/$defs/", "");
  if (anyOf) return anyOf.map(typeOf).join(" | ");
  if (values) return values.map((value) => JSON.stringify(value)).join(" | ");
  if (minItems) return `readonly [${Array(minItems).fill(typeOf(items)).join(", ")}]`;
  if (items) return `ReadonlyArray<${typeOf(items)}>`;
  if (properties) return membersOf(schema);
  if (type === "object")
    return `Readonly<Record<string, ${additionalProperties ? typeOf(additionalProperties) : "unknown"}>>`;
  return type === "integer" ? "number" : type;
}

function membersOf({ properties, required }) {
  const members = Object.entries(properties).map(([name, schema]) => {
    return `${comment(schema, "  ")}  readonly ${name}${required.includes(name) ? "" : "?"}: ${typeOf(schema)};\n`;
  });
  return `{\n${members.join("")}}`;
}

const comment = ({ description }, indent = "") =>
  description ? `${indent}/** ${description} */\n` : "";

const types = Object.entries({ Manifest: root, ...$defs }).map(
  ([name, schema]) =>
    `\n${comment(schema)}export ${schema.properties ? `interface ${name}` : `type ${name} =`} ${typeOf(schema)}\n`,
);
const text = `// Written by scripts/schema.mjs.\n${types.join("")}`;
if (!existsSync(path) || readFileSync(path, "utf8") !== text) writeFileSync(path, text);
