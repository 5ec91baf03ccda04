// Part of every program of TensorFlow.js: the core, the CPU backend, and switching between
// backends.
import {
  engine,
  enableProdMode,
  keep,
  memory,
  tensor,
  tidy,
  type DataType,
  type Tensor,
} from "@tensorflow/tfjs-core";
import "./cpu.ts";
import type { Batch, Numbers, Tools } from "./program.ts";

enableProdMode(); // no greetings and warnings in the console of the host page

export { keep, tidy, type Tensor };

/**
 * The current backend is one state for all models: choose one, then run without awaiting anything
 * in between.
 */
export const tools: Tools = {
  async start(backend) {
    const started = await engine().setBackend(backend);
    if (!started) throw new Error(`The backend ${backend} must start`);
  },
  use(backend) {
    // For a backend that has been started this is synchronous; the promise is for one that has not.
    if (engine().backendName !== backend) void engine().setBackend(backend);
  },
  gpuIsReliable() {
    const { ENV } = engine();
    const { gpgpu } = engine().backend as unknown as { gpgpu?: { gl: WebGLContext } };
    // A lost context returns zeros, and half precision is not what was verified.
    return !gpgpu || (!gpgpu.gl.isContextLost() && ENV.getBool("WEBGL_RENDER_FLOAT32_ENABLED"));
  },
  tensors: () => memory().numTensors,
};

interface WebGLContext {
  isContextLost(): boolean;
}

/** Numbers of this type. TensorFlow.js itself may keep those that it has cast as they were. */
function ofType(values: Numbers, dtype: DataType): Numbers {
  const typed = { float32: Float32Array, int32: Int32Array, bool: Uint8Array }[dtype as "float32"];
  return values instanceof typed ? values : typed.from(values);
}

/** A tensor of the type that an input wants. */
export const toTensor = ({ values, shape }: Batch, dtype: DataType): Tensor =>
  tensor(ofType(values, dtype), [...shape], dtype);

/** Read results and free them. */
export async function readResults(results: Tensor | readonly Tensor[]): Promise<Batch[]> {
  const outputs = [results].flat();
  try {
    const read = async (output: Tensor): Promise<Batch> => {
      const values = await output.data<"float32" | "int32" | "bool">();
      return { shape: output.shape, values: ofType(values, output.dtype).slice() };
    };
    return await Promise.all(outputs.map(read));
  } finally {
    outputs.forEach((output) => {
      output.dispose();
    });
  }
}

/**
 * Run a function, and dispose of the variables it has made if it throws; otherwise return how to
 * dispose of them.
 */
export function collectVariables<T>(build: () => T): { result: T; dispose: () => void } {
  const { registeredVariables } = engine().state;
  const before = new Set(Object.keys(registeredVariables));
  const dispose = (names: readonly string[]): void => {
    for (const name of names) registeredVariables[name]?.dispose();
  };
  const made = (): string[] => Object.keys(registeredVariables).filter((name) => !before.has(name));
  try {
    const result = tidy(build as never) as T;
    const names = made();
    return {
      result,
      dispose: () => {
        dispose(names);
      },
    };
  } catch (error) {
    dispose(made());
    throw error;
  }
}
