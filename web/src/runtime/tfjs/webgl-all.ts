// All kernels of the webgl backend: fetched when a model needs one that the common set lacks.
import { getKernel, registerKernel, type TensorInfo } from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-webgl/dist/register_all_kernels.js";

/**
 * Rows of a table, such as vectors of words, by their places: for other places it gives zeros,
 * where the CPU throws.
 */
const gather = getKernel("GatherV2", "webgl");
registerKernel({
  ...gather,
  kernelFunc(call) {
    const { x, indices } = call.inputs as Record<"x" | "indices", TensorInfo>;
    const last = x.shape.at(call.attrs!["axis"] as number)! - 1;
    const places = (call.backend as { readSync(id: object): Int32Array }).readSync(indices.dataId);
    const wrong = places.find((place) => place < 0 || place > last);
    if (wrong !== undefined) throw new Error(`The index value ${wrong} is not in [0, ${last}]`);
    return gather.kernelFunc(call);
  },
});
