/**
 * Running a model on the inputs of a case, a batch at a time: the same in Node.js (verify.mjs) and
 * in Chromium (page.mjs).
 *
 * A runner takes [{name, shape, dtype, values}], one for each input, and gives the like for each
 * output.
 */
export const TYPES = { float32: Float32Array, int32: Int32Array, bool: Uint8Array };

const product = (sizes) => sizes.reduce((all, size) => all * size, 1);

/** The values of an input; `readBytes` gives the ArrayBuffer of a path. */
export async function readValues({ name, path, shape, dtype }, readBytes) {
  const count = product(shape);
  const bytes = await readBytes(path);
  if (bytes.byteLength !== count * TYPES[dtype].BYTES_PER_ELEMENT) {
    throw new Error(
      `Input '${name}' must hold ${count} ${dtype} values. Received: ${bytes.byteLength} bytes.`,
    );
  }
  return new TYPES[dtype](bytes);
}

/** These samples of the inputs. */
export const rowsOf = (inputs, start, stop) =>
  inputs.map(({ values, shape: [rows, ...rest], ...input }) => {
    const size = values.length / rows;
    return {
      ...input,
      shape: [stop - start, ...rest],
      values: values.subarray(start * size, stop * size),
    };
  });

/** The outputs for all samples. */
export async function runInBatches(run, inputs, batch) {
  const samples = inputs[0].shape[0];
  const step = Math.max(1, batch ?? samples);
  const parts = [];
  for (let start = 0; start < samples; start += step) {
    parts.push(await run(rowsOf(inputs, start, Math.min(samples, start + step))));
  }
  return parts[0].map((first, position) => {
    const pieces = parts.map((part) => part[position]);
    const shape = [...first.shape];
    if (shape.length > 0) shape[0] = pieces.reduce((sum, piece) => sum + piece.shape[0], 0);
    const values = new first.values.constructor(
      pieces.reduce((sum, piece) => sum + piece.values.length, 0),
    );
    let offset = 0;
    for (const piece of pieces) {
      values.set(piece.values, offset);
      offset += piece.values.length;
    }
    return { ...first, shape, values };
  });
}

/** A runner of a loaded model in stock TensorFlow.js. */
export function stockRunner(tf, model, route) {
  return async (inputs) => {
    const tensors = inputs.map(({ values, shape, dtype }) => tf.tensor(values, shape, dtype));
    const given = arrange(inputs, tensors, model, route);
    const answer =
      route === "layers"
        ? tf.tidy(() => model.predict(given, { batchSize: inputs[0].shape[0] }))
        : hasLoops(model)
          ? await model.executeAsync(given)
          : model.execute(given);
    const outputs = [answer].flat();
    const names = outputNames(model, route);
    const found = outputs.map(async (tensor, position) => ({
      name: names[position],
      shape: tensor.shape,
      dtype: tensor.dtype,
      // it may keep numbers that it has cast as they were
      values: TYPES[tensor.dtype].from(await tensor.data()),
    }));
    const read = await Promise.all(found);
    tf.dispose([tensors, outputs]);
    return read;
  };
}

/**
 * Names in the order of the tensors that predict returns. A Sequential model knows them only after
 * its first call.
 */
function outputNames(model, route) {
  if (route === "layers") return model.outputNames;
  // A graph-model's own node names can be Identity_2:0; the signature has the names that people
  // know.
  const known = Object.entries(model.modelSignature?.outputs ?? {});
  return model.outputNodes.map(
    (node) => known.find(([, value]) => value.name === node)?.[0] ?? node,
  );
}

function arrange(inputs, tensors, model, route) {
  if (inputs.length === 1) return tensors[0];
  if (route === "graph") {
    const signature = model.modelSignature?.inputs ?? {};
    return Object.fromEntries(
      inputs.map(({ name }, i) => [signature[name]?.name ?? name, tensors[i]]),
    );
  }
  return model.inputNames.map((name) => {
    const position = inputs.findIndex((input) => input.name === name);
    if (position < 0)
      throw new Error(`The job must have each input of the model. Received: no '${name}'.`);
    return tensors[position];
  });
}

/** Tell whether a graph-model must be run with executeAsync. */
function hasLoops(model) {
  const nodes = Object.values(model.executor.graph.nodes);
  return nodes.some((node) => node.category === "control" || node.category === "dynamic");
}
