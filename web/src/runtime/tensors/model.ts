// Typed arrays in, typed arrays out: by name, and of the shapes that the manifest promises.
import { largest } from "../dense/activations.ts";
import { fail } from "../errors.ts";
import { asRecord, isShape, sizeOf } from "../json.ts";
import type { Format, Manifest } from "../manifest.ts";
import { prove } from "../proof.ts";
import { LARGEST, type Batch, type Numbers, type Port, type Runner } from "../tfjs/program.ts";
import { listOf } from "./manifest.ts";
import type { Drawings, LoadOptions, Pixels } from "../types.ts";
import type {
  InputSpec,
  OutputSpec,
  TensorInput,
  TensorManifest,
  TensorModel,
  TensorOutput,
  TensorSpec,
} from "./types.ts";

type Lengths = readonly (number | null)[];

/** @throws ModelError `manifest`: the files have other inputs or outputs. */
export function createTensorModel(
  manifest: TensorManifest,
  url: string,
  format: Format,
  first: Runner,
  { onProof }: LoadOptions = {},
  drawings?: Drawings<never>,
): TensorModel {
  let runner = first;
  let proving = false;
  const [inputs, outputs] = [listOf(manifest.input), listOf(manifest.output)];
  const fed = places(inputs, runner.inputs);
  const read = places(outputs, runner.outputs);
  const ask = async (probe: readonly (readonly number[])[]): Promise<readonly TensorOutput[]> => {
    const given = inputs.map(({ name, dtype }, at) => {
      const shape = [1, ...manifest.probes!.inputs[at]!.shape];
      return [name, Object.assign(arrayOf(dtype).from(probe[at]!), { shape })] as const;
    });
    const found = await model.predict(Object.fromEntries(given));
    return outputs.map(({ name }) => found[name]!);
  };
  const numbersOf = async (picture: Pixels, { prepare }: Drawings<never>): Promise<object> => {
    const [{ name, dtype, shape }] = inputs as [InputSpec];
    const { input } = await prepare(picture);
    if (!input)
      fail("input", `${manifest.name} must be given a picture with something on it`, "nothing");
    const { height, width, channels } = (manifest as Manifest).input.image!;
    const lengths = shape.map((length, axis) => length ?? [height, width, channels][axis]);
    return { [name]: Object.assign(arrayOf(dtype).from(input), { shape: [1, ...lengths] }) };
  };
  const model: TensorModel = {
    manifest,
    url,
    format,
    inputs,
    outputs,
    async predict(tensors) {
      const names = inputs.map(({ name }) => name);
      const pictured =
        !ArrayBuffer.isView(tensors) && (kindOf(tensors) !== "Object" || "width" in tensors);
      const numbers =
        drawings && pictured ? await numbersOf(tensors as unknown as Pixels, drawings) : tensors;
      const given = asRecord(numbers);
      const strangers = Object.keys(given).filter((name) => !names.includes(name));
      const rule = `${manifest.name} must be given {${names.join(", ")}}`;
      if (kindOf(numbers) !== "Object") fail("input", rule, kindOf(numbers));
      if (strangers.length > 0)
        fail(
          "input",
          rule,
          Object.keys(given),
          undefined,
          `It does not take ${strangers.join(", ")}`,
        );
      const batches: Batch[] = [];
      inputs.forEach((spec, index) => {
        batches[fed[index]!] = batchOf(spec, runner.inputs[fed[index]!]!, given[spec.name]);
      });
      const results = await runner.run(batches);
      if (!proving) {
        proving = true;
        const use = (next: Runner): Runner => (runner = next);
        prove<Runner>({
          model,
          engine: runner,
          use,
          probes: manifest.probes,
          limit: 0,
          ask,
          onProof,
        });
      }
      return Object.fromEntries(
        outputs.map((spec, index) => [
          spec.name,
          outputOf(spec, results[read[index]!]!, manifest.labels),
        ]),
      );
    },
    dispose() {
      runner.dispose();
    },
  };
  return model;
}

/**
 * A name as TensorFlow's exporters write it: as safe_name in pipeline/tfjs/graph_model/rewrites.py.
 */
const safe = (name: string): string =>
  name.replace(/[^\w.\\/]/g, "_").replace(/^(?![a-z\d])/i, "input");

/**
 * Where each input or output is among those of the files: by its name, or in order where the files
 * have other names.
 */
function places(specs: readonly TensorSpec[], ports: readonly Port[]): readonly number[] {
  const found = specs.map(({ name }) =>
    ports.findIndex((port) => port.name === name || port.name === safe(name)),
  );
  const order = found.includes(-1) ? [...specs.keys()] : found;
  const described = (all: readonly (TensorSpec | Port)[]): string =>
    all.map(({ name, shape }) => `${name}: ${String(shape)}`).join("; ");
  const fits = specs.every(({ shape }, index) =>
    mayBe(shape, ports[order[index]!]?.shape?.slice(1) ?? null),
  );
  if (specs.length !== ports.length || !fits)
    fail("manifest", `The model must have ${described(specs)}`, described(ports));
  return order;
}

/** True if lengths may be the promised ones, as far as both are known. */
const mayBe = (promised: Lengths, found: Lengths | null): boolean =>
  !found ||
  (found.length === promised.length &&
    found.every(
      (length, axis) => length === null || promised[axis] === null || length === promised[axis],
    ));

const arrayOf = (dtype: string) =>
  dtype.startsWith("float") ? Float32Array : dtype === "bool" ? Uint8Array : Int32Array;
const typeOf = (dtype: string): string => arrayOf(dtype).name;

/** Such as `Array`. Not by class: typed arrays may come from another frame. */
const kindOf = (value: unknown): string => Object.prototype.toString.call(value).slice(8, -1);

function batchOf(spec: InputSpec, port: Port, given: unknown): Batch {
  const { name, dtype, shape: promised } = spec;
  const wanted = `${typeOf(dtype)} of ${promised.map((length) => length ?? "any").join(" × ") || "1"}`;
  if (kindOf(given) !== typeOf(dtype)) fail("input", `${name} must be a ${wanted}`, kindOf(given));
  const values = given as Numbers & TensorInput;
  const batch = port.shape?.[0] ?? 1;
  const shape = values.shape ?? [batch, ...filled(promised, values.length / batch)];
  const [examples, ...lengths] = shape;
  const size = isShape(shape) ? sizeOf(shape) : NaN;
  const fits = mayBe(promised, lengths) && (port.shape?.[0] ?? examples) === examples;
  if (!fits || size !== values.length || size > LARGEST) {
    const several = promised.filter((length) => length === null).length > 1 && !values.shape;
    const rule = several
      ? `${name} must have a property shape, with the batch first: it is a ${wanted}`
      : `${name} must be a ${wanted}`;
    const count = values.length / sizeOf(promised.map((length) => length ?? NaN));
    const isBatch = !values.shape && !port.shape?.[0] && Number.isInteger(count) && count > 1;
    const next = isBatch
      ? `For several examples, give it a shape: [${[count, ...promised].join(", ")}]`
      : undefined;
    const ofShape = values.shape ? ` of shape ${String(values.shape)}` : "";
    fail("input", rule, `${values.length} numbers${ofShape}`, undefined, next);
  }
  if (!values.every(Number.isFinite))
    fail("input", `${name} must be finite`, "NaN or an infinite number");
  // a copy: it may have to wait, while the caller changes it
  return { shape, values: values.slice() };
}

/** Lengths of an example of so many numbers, if at most one of them is free. */
function filled(promised: Lengths, numbers: number): number[] {
  const rest = numbers / sizeOf(promised.map((length) => length ?? 1));
  return promised.map((length) => length ?? rest);
}

type Labels = TensorManifest["labels"];

function outputOf(spec: OutputSpec, { shape, values }: Batch, names: Labels): TensorOutput {
  const { name, shape: promised } = spec;
  if (!mayBe(promised, shape.slice(1)))
    fail("manifest", `${name} must be of shape ${String(promised)}`, shape);
  const labels = labelsOf(spec, shape, values, names);
  return Object.assign(values, labels ? { shape, labels } : { shape });
}

/**
 * The most probable class of each row, none if it is NaN; of one probability alone, the second one
 * from 0.5 on.
 */
function labelsOf({ kind }: OutputSpec, shape: readonly number[], values: Numbers, names: Labels) {
  const classes = shape.at(-1)!;
  if (kind !== "probabilities" || !names) return null;
  if (classes === 1 && names.length === 2)
    return Array.from(values, (share) =>
      Number.isNaN(share) ? null : names[share < 0.5 ? 0 : 1]!,
    );
  if (classes !== names.length) return null;
  return Array.from({ length: values.length / classes }, (_, row) => {
    const shares = values.subarray(row * classes, (row + 1) * classes) as Float32Array;
    return names[shares.indexOf(largest(shares))] ?? null;
  });
}
