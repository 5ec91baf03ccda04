// Host of TensorFlow.js' WASM binary. This replaces the 37 kB of code that Emscripten generated,
// which fetches by itself, listens to a whole Node process, and writes to the console.

/** The runtime is compiled without the DOM's types, and Node's do not have this one. */
declare const WebAssembly: {
  compile(bytes: Uint8Array): Promise<unknown>;
  instantiate(bytes: ArrayBuffer, imports: object): Promise<{ instance: { exports: object } }>;
};

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  readonly malloc: (bytes: number) => number;
  readonly stackSave: () => number;
  readonly stackAlloc: (bytes: number) => number;
  readonly stackRestore: (stack: number) => void;
  readonly [name: string]: unknown;
}
type Native = (...numbers: readonly unknown[]) => number;

const PAGE = 2 ** 16; // bytes, by WebAssembly's definition
/** The heap that the binary was linked for: 4 GiB minus one page. */
const LARGEST_HEAP = 2 ** 32 - PAGE;
/** WASI errors for a module without files: ENOSYS and ESPIPE. Its messages are not shown. */
const [NO_FILES, NO_SEEKING] = [52, 70];

/**
 * A module whose only function creates a vector: magic number and version, its type, the function,
 * and the code.
 */
const VECTOR =
  "0061736d01000000" +
  "01040160" +
  "0000" +
  "03020100" +
  "0a09010700" +
  "4100" /* i32.const 0 */ +
  "fd0f1a0b"; /* splat */

/**
 * @throws WebAssembly.CompileError if there is no SIMD, or the page's policy lacks
 * 'wasm-unsafe-eval'.
 */
export async function fitForSimd(): Promise<void> {
  await WebAssembly.compile(Uint8Array.from(VECTOR.match(/../g)!, (byte) => parseInt(byte, 16)));
}

/**
 * Compile the binary and start it.
 *
 * @returns The Emscripten module that `BackendWasm` expects, as far as it and its kernels use that.
 * @throws WebAssembly.CompileError, or RangeError if there is not enough memory.
 */
export async function compile(binary: ArrayBuffer): Promise<object> {
  const env = {
    abort() {
      throw new Error("The WASM backend gave up");
    },
    emscripten_get_heap_max: () => LARGEST_HEAP,
    emscripten_memcpy_big(to: number, from: number, length: number) {
      heap().copyWithin(to >>> 0, from >>> 0, (from >>> 0) + (length >>> 0));
    },
    /**
     * Grows by a fifth more than needed, because a heap grows often; if that is refused, by what is
     * needed. Returns 1 on success.
     */
    emscripten_resize_heap(wanted: number) {
      const length = heap().length / PAGE;
      const missing = Math.ceil((wanted >>> 0) / PAGE) - length;
      for (const pages of [missing + Math.floor(length / 5), missing]) {
        try {
          exports.memory.grow(pages);
          return 1;
        } catch {
          // not enough memory
        }
      }
      return 0;
    },
  };
  const files = { fd_close: () => NO_FILES, fd_write: () => NO_FILES, fd_seek: () => NO_SEEKING };
  const { instance } = await WebAssembly.instantiate(binary, {
    env,
    wasi_snapshot_preview1: files,
  });
  const exports = instance.exports as Exports;
  // a new view each time: growing detaches the old buffer
  const heap = (): Uint8Array => new Uint8Array(exports.memory.buffer);

  /** Arrays of bytes travel by way of the stack; all else is a number. */
  const cwrap = (name: string, _result: unknown, types: readonly string[]): Native => {
    const native = exports[name] as Native;
    if (!types.includes("array")) return native;
    return (...all) => {
      const stack = exports.stackSave();
      try {
        return native(
          ...all.map((value, i) => {
            if (types[i] !== "array") return value;
            const bytes = value as Uint8Array;
            const offset = exports.stackAlloc(bytes.length);
            heap().set(bytes, offset >>> 0);
            return offset;
          }),
        );
      } finally {
        exports.stackRestore(stack);
      }
    };
  };

  (exports["__wasm_call_ctors"] as () => void)();
  return {
    cwrap,
    get HEAPU8() {
      return heap();
    },
    /** Out of memory, malloc returns 0, and the tensor would overwrite what is there. */
    _malloc(bytes: number) {
      const offset = bytes < 2 ** 32 ? exports.malloc(bytes) : 0;
      if (offset === 0 && bytes > 0)
        throw new RangeError(`The WASM backend must have ${bytes} bytes`);
      return offset;
    },
    _free: exports["free"],
    tfjs: {
      initWithThreadsCount: exports["init_with_threads_count"],
      getThreadsCount: exports["get_threads_count"],
      registerTensor: exports["register_tensor"],
      disposeData: exports["dispose_data"],
      dispose: exports["dispose"],
    },
  };
}
