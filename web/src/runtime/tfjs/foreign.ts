// ONNX and LiteRT files, run by onnxruntime-web or LiteRT.js. These have 10 MB and more: a page
// that wants them imports them itself, and passes the module. What it computes with is the page's
// choice, so nothing is tried and nothing replaced.
import type * as LiteRt from "@litertjs/core";
import type * as Onnx from "onnxruntime-web";
import type { Batch, Numbers, Port, Runner } from "./program.ts";
import { fail } from "../errors.ts";
import type { LoadOptions } from "../types.ts";

/** A file in its runtime; `run` runs one call at a time. */
type Opened = Pick<Runner, "inputs" | "outputs" | "run" | "dispose">;

const ARRAYS: Readonly<Record<string, { from(values: Numbers): unknown }>> = {
  ...{
    float32: Float32Array,
    float64: Float64Array,
    int32: Int32Array,
    uint8: Uint8Array,
    bool: Uint8Array,
  },
  int64: { from: (values) => BigInt64Array.from(Array.from(values, BigInt)) },
};

/** Floats stay floats, and booleans bytes; all others become whole numbers. */
const numbers = (dtype: string, values: unknown): Numbers =>
  (dtype.startsWith("float") ? Float32Array : dtype === "bool" ? Uint8Array : Int32Array).from(
    Array.from(values as Numbers, Number),
  );

const port = (name: string, dtype: string, shape: ArrayLike<number | string>): Port => ({
  ...{ name, dtype },
  shape: Array.from(shape, (length) => (typeof length === "number" ? length : null)),
});

type Fed<Tensor> = (dtype: string, values: Int32Array, shape: readonly number[]) => Tensor;
const fed = <Tensor>(
  inputs: readonly Port[],
  batches: readonly Batch[],
  tensor: Fed<Tensor>,
): Record<string, Tensor> =>
  Object.fromEntries(
    inputs.map(({ name, dtype }, at) => {
      const { shape, values } = batches[at]!;
      // or another typed array
      return [name, tensor(dtype, ARRAYS[dtype]?.from(values) as Int32Array, shape)];
    }),
  );

async function openOnnx(ort: typeof Onnx, content: Uint8Array, backend: string): Promise<Opened> {
  const session = await ort.InferenceSession.create(content, { executionProviders: [backend] });
  const [inputs, outputs] = [session.inputMetadata, session.outputMetadata].map((all) =>
    (all as Onnx.InferenceSession.TensorValueMetadata[]).map(({ name, type, shape }) =>
      port(name, type, shape),
    ),
  ) as [Port[], Port[]];
  return {
    ...{ inputs, outputs, dispose: () => void session.release() },
    async run(batches) {
      const feeds = fed(
        inputs,
        batches,
        (dtype, values, shape) => new ort.Tensor(dtype as "int32", values, shape),
      );
      const found = await session.run(feeds);
      const read = outputs.map(async ({ name, dtype }) => {
        const tensor = found[name]!;
        return { shape: tensor.dims, values: numbers(dtype, await tensor.getData()) };
      });
      return Promise.all(read);
    },
  };
}

async function openLiteRt(
  litert: typeof LiteRt,
  content: Uint8Array,
  backend: string,
): Promise<Opened> {
  const model = await litert.loadAndCompile(content, { accelerator: backend as "wasm" });
  const [inputs, outputs] = [model.getInputDetails(), model.getOutputDetails()].map((all) =>
    all.map(({ name, dtype, shape }) => port(name, dtype, shape)),
  ) as [Port[], Port[]];
  // output_9 before output_10: the order that Keras' exporter gives them
  outputs.sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));
  return {
    ...{ inputs, outputs, dispose: model.delete.bind(model) },
    async run(batches) {
      const feeds = fed(
        inputs,
        batches,
        (_, values, shape) => new litert.Tensor(values, [...shape]),
      );
      const found = await model.run(feeds);
      const read = outputs.map(async ({ name, dtype }) => {
        const tensor = found[name]!;
        return {
          shape: Array.from(tensor.type.layout.dimensions),
          values: numbers(dtype, await tensor.data()),
        };
      });
      const results = await Promise.all(read);
      for (const tensor of [feeds, found].flatMap((record) => Object.values(record)))
        tensor.delete();
      return results;
    },
  };
}

/**
 * By route: what the runtime's module must have, what opens a file, the module's name, and what the
 * page calls first.
 */
const RUNTIMES = {
  onnx: ["InferenceSession", openOnnx, "onnxruntime-web", ""],
  litert: [
    "loadAndCompile",
    openLiteRt,
    "@litertjs/core",
    ' await runtime.loadLiteRt("…/@litertjs/core/wasm/");',
  ],
} as const;

/**
 * @throws ModelError `input`: no such runtime was passed. The function that is returned:
 * `unsupported`, if that cannot
 *   run the file.
 */
export function prepareForeign(
  route: keyof typeof RUNTIMES,
  { runtime, backend = "wasm" }: LoadOptions,
): (content: Uint8Array) => Promise<Runner> {
  const [part, open, name, first] = RUNTIMES[route];
  const refuse = (error: unknown): never =>
    fail("unsupported", "The page's runtime must run the file", error, error);
  if (!(runtime && part in runtime)) {
    const lines = `import * as runtime from ${JSON.stringify(name)};${first} const model = await load(address, { runtime })`;
    const rule = `To run this file, the option runtime must be a module with ${part}`;
    fail("input", rule, typeof runtime, undefined, `Write: ${lines}`);
  }
  return async (content) => {
    const opened = await open(runtime as typeof Onnx & typeof LiteRt, content, backend).catch(
      refuse,
    );
    let live = true;
    let last: Promise<unknown> = Promise.resolve();
    return {
      ...opened,
      backend,
      reject: () => false,
      run(batches) {
        const result = last.then(() => {
          if (!live) fail("input", "A model must not be used after dispose()", "disposed");
          return opened.run(batches).catch(refuse);
        });
        last = result.catch(() => undefined); // a session runs one at a time
        return result;
      },
      dispose() {
        live = false;
        void last.then(opened.dispose);
      },
    };
  };
}
