// Feeds the model that worker.js runs, by the shapes in manifest.json, and shows what it answers.

const $ = (selector) => document.querySelector(selector);
const number = new Intl.NumberFormat("en", { maximumSignificantDigits: 4 });
const percent = new Intl.NumberFormat("en", {
  style: "percent",
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});
/** Most numbers with a field each; more are text. */
const FIELDS = 24;
/** Most rows of an answer. */
const ROWS = 5;
/** How models want pixels that are 0 to 255: their name, the factor and the offset. */
const RANGES = [
  ["0 to 255", 1, 0],
  ["0 to 1", 1 / 255, 0],
  ["−1 to 1", 1 / 127.5, -1],
];

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

const say = (text, isProblem = false) => {
  $("#status").textContent = text;
  $("#status").classList.toggle("problem", isProblem);
  if (isProblem) $(".answers").replaceChildren(); // those of another input
};
const arrayOf = (dtype) =>
  dtype.startsWith("float") ? Float32Array : dtype === "bool" ? Uint8Array : Int32Array;
const sizeOf = (shape) => shape.reduce((size, length) => size * (length ?? NaN), 1);
const shapeText = (shape) => shape.map((length) => length ?? "any").join(" × ");
const isPicture = ({ dtype, shape: [height, width, channels, ...more] }) =>
  dtype !== "string" &&
  (channels ? !more.length && [1, 3].includes(channels) : height === width && height > 15);

/**
 * A photo: `load()` prepares it where the manifest says how, otherwise it is stretched to the
 * model's size.
 */
function photoField({ name, shape }) {
  const [height, width, channels = 1] = shape.map((length) => length ?? 224);
  const canvas = make("canvas", { width: 0, height: 0, hidden: true });
  const file = make("input", { type: "file", accept: "image/*", className: "unseen" });
  const hint = make("span", {
    textContent: "Choose, paste or drop a photo. It stays on this device.",
  });
  const drop = make("label", { className: "photo" }, canvas, hint, file);
  const ranges = RANGES.map(([title], index) =>
    make("option", { value: index, textContent: title }),
  );
  const range = make("select", {}, ...ranges);
  let photo = null;

  const draw = () => {
    const shrink = Math.min(1, 1024 / Math.max(photo.width, photo.height));
    const sides = manifest.preprocess
      ? [photo.width * shrink, photo.height * shrink]
      : [width, height];
    [canvas.width, canvas.height] = sides.map(Math.ceil);
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.imageSmoothingQuality = "high";
    context.drawImage(photo, 0, 0, canvas.width, canvas.height);
    return context.getImageData(0, 0, canvas.width, canvas.height);
  };
  const take = async (files) => {
    if (!files?.length) return;
    try {
      photo = await createImageBitmap(files[0]);
    } catch {
      return say("This file is no photo that the browser can read.", true);
    }
    canvas.hidden = false;
    hint.textContent = "Another photo";
    run();
  };
  file.onchange = () => take(file.files);
  document.addEventListener("paste", (event) => take(event.clipboardData.files));
  for (const type of ["dragover", "drop"]) {
    drop.addEventListener(type, (event) => {
      event.preventDefault();
      if (type === "drop") take(event.dataTransfer.files);
    });
  }
  const asked = make("label", { className: "range" }, "The model was trained on pixels of ", range);
  return {
    element: make(
      "div",
      { ariaLabel: name, role: "group" },
      drop,
      ...(manifest.preprocess ? [] : [asked]),
    ),
    read() {
      if (!photo) throw new Error("Choose a photo first.");
      const pixels = draw();
      if (manifest.preprocess) return { pixels };
      const [, factor, offset] = RANGES[range.value];
      const values = new Float32Array(width * height * channels);
      for (let i = 0; i < width * height; i++) {
        const [red, green, blue] = pixels.data.subarray(4 * i);
        const colours =
          channels === 3 ? [red, green, blue] : [0.299 * red + 0.587 * green + 0.114 * blue];
        values.set(
          colours.map((colour) => colour * factor + offset),
          channels * i,
        );
      }
      return { values, shape: [height, width, channels].slice(0, shape.length) };
    },
  };
}

/** Texts: one, or a line for each. */
function textField({ name, shape }) {
  const area = make("textarea", { rows: 4, value: "A text to try" });
  const read = () => ({ values: sizeOf(shape) > 1 ? area.value.split("\n") : [area.value] });
  return { element: make("label", {}, `${name}: text`, area), read, isFilled: true };
}

/**
 * Numbers: a field for each, or a text with as many as the model wants; its lines are the rows of a
 * series.
 */
function numbersField({ name, dtype, shape }, at) {
  const isFloat = dtype.startsWith("float");
  const size = sizeOf(shape);
  const columns = shape.length > 1 ? (shape.at(-1) ?? 1) : Infinity;
  const few = size <= FIELDS && shape.length < 2;
  const title = `${name}: ${dtype}${shape.length ? `, ${shapeText(shape)}` : ""}`;
  const all = few
    ? Array.from({ length: size }, (_, i) =>
        make("input", {
          type: "number",
          step: isFloat ? "any" : "1",
          required: true,
          ariaLabel: `${name} ${i + 1}`,
        }),
      )
    : [make("textarea", { rows: 6, spellcheck: false, ariaLabel: title })];
  const example = () => {
    const zeros = { shape: shape.map((length) => length ?? 12), low: 0, high: 0 };
    // there in another order
    const known = inputs.some((input) => input.dtype === "string") ? null : manifest.probes;
    const { shape: lengths, low, high, whole } = known?.inputs[at] ?? zeros;
    const drawn = () =>
      whole
        ? low + Math.floor(Math.random() * (high - low + 1))
        : low + Math.random() * (high - low);
    const values = Array.from({ length: sizeOf(lengths) }, () => Number(drawn().toPrecision(3)));
    if (few) all.forEach((field, i) => (field.value = values[i]));
    else all[0].value = values.map((value, i) => value + ((i + 1) % columns ? " " : "\n")).join("");
  };
  const read = () => {
    const lines = all
      .map(({ value }) => value)
      .join(few ? " " : "\n")
      .replace(/\]\s*,?\s*\[/g, "\n") // the rows of Python's lists
      .replace(/[[\]]/g, " ")
      .trim()
      .split("\n");
    const values = lines
      .join(" ")
      .split(/[\s,;]+/)
      .filter(Boolean)
      .map(Number);
    const whole = shape.reduce((count, length) => count * (length ?? 1), 1);
    const wrong = values.findIndex(Number.isNaN);
    if (wrong >= 0 || !values.length || values.length % whole || (size && values.length !== size)) {
      const received = wrong < 0 ? values.length : `“${lines.join(" ").split(/[\s,;]+/)[wrong]}”`;
      throw new Error(`${name} must be ${shapeText(shape) || 1} numbers. Received: ${received}.`);
    }
    const free =
      shape.length === 2
        ? [shape[0] ?? lines.length, shape[1] ?? values.length / lines.length]
        : null;
    return { values: arrayOf(dtype).from(values), shape: free ?? (size ? shape : undefined) };
  };
  example();
  const legend = make("legend", { textContent: title });
  return {
    element: make("fieldset", { className: few ? "few" : "" }, legend, ...all),
    read,
    example,
  };
}

/** The largest of an answer's probabilities, or its first values. */
function answerOf({ name, values, shape }) {
  if (!values) return make("p", { textContent: "There is nothing on this picture." });
  if (values.every(Number.isNaN))
    return make("p", { textContent: "The model gives no number for this input." });
  const titles = manifest.labels;
  const spec = outputs.find((output) => output.name === name);
  const flat = !shape || shape.length < 2;
  const isShare = spec.kind === "probabilities" && flat;
  const named =
    values.length === 1 && isShare && titles.length === 2
      ? [1 - values[0], values[0]]
      : [...values];
  const title = (i) =>
    titles.length === named.length ? titles[i] : named.length > 1 ? `${name} ${i}` : name;
  const order = named.map((_, i) => i);
  if (isShare) order.sort((a, b) => named[b] - named[a]);
  const rows = order.slice(0, isShare ? ROWS : 2 * ROWS).map((i) => {
    const value = named[i];
    const written =
      typeof value === "string" ? value : isShare ? percent.format(value) : number.format(value);
    const row = make(
      "li",
      {},
      make("span", { textContent: title(i) }),
      make("b", { textContent: written }),
    );
    if (isShare) row.style.setProperty("--share", value);
    return row;
  });
  const left = named.length - rows.length;
  const rest =
    left > 0 ? `${number.format(left)} more${flat ? "" : `, of shape ${shapeText(shape)}`}` : "";
  const heading = outputs.length > 1 && named.length > 1 ? [make("h3", { textContent: name })] : [];
  return make(
    "div",
    {},
    ...heading,
    make("ol", { className: isShare ? "shares" : "" }, ...rows),
    make("p", { textContent: rest }),
  );
}

function run() {
  if (!loaded) return say("The model is loading.");
  asked += 1; // an answer to what was there before comes too late
  try {
    const input = fields.map(({ read }, i) => ({ name: inputs[i].name, ...read() }));
    worker.postMessage({ id: asked, input });
    say("The model is running.");
  } catch (error) {
    say(error.message, true);
  }
}

say("The model is loading."); // in place of the hint for who opened the page as a file
let [loaded, asked] = [null, 0];
const times = [];
const manifest = await (await fetch("manifest.json")).json();
const [inputs, outputs] = [[manifest.input].flat(), [manifest.output].flat()];
const fields = inputs.map((spec, at) => {
  if (manifest.preprocess || isPicture(spec)) return photoField(spec);
  return spec.dtype === "string" ? textField(spec) : numbersField(spec, at);
});

document.title = $("h1").textContent = manifest.title ?? manifest.name;
const [format] = manifest.formats;
const [check] = manifest.verification.checks;
const close = `at most ${check.max_abs_diff.toPrecision(2)} from Keras on ${check.samples} samples`;
$(".facts").textContent =
  `${format.route}-model, ${format.dtype}, ${number.format(format.bytes / 1000)} kB: ${close}.`;
$(".fields").append(...fields.map(({ element }) => element));
$("#example").hidden = !fields.some(({ example }) => example);
$("#example").onclick = () => {
  for (const { example } of fields) example?.();
  run();
};
$("form").onsubmit = (event) => {
  event.preventDefault();
  run();
};
$("form").onchange = ({ target }) => {
  if (target.tagName === "SELECT") run();
};

const worker = new Worker("worker.js", { type: "module" });
worker.onerror = () =>
  say("The worker could not start: the page must be served over http, with its policy.", true);
worker.onmessage = ({ data }) => {
  if (data.error) return say(data.error, true);
  if (data.loaded) {
    loaded = `Loaded in ${number.format(data.ms)} ms.`;
    say(loaded);
    return fields.every(({ example, isFilled }) => example ?? isFilled) && run();
  }
  if (data.proof) {
    const { agreed, count, backend, next } = data.proof;
    const after =
      agreed === count ? "" : next ? ` From now on it runs on ${next}.` : " So it answers no more.";
    $("#proof").textContent =
      `Checked on this device (${backend === "dense" ? "own engine" : backend}): ${agreed} of ${count} answers are those of Keras.${after}`;
    return $("#proof").classList.toggle("problem", agreed < count);
  }
  if (data.id !== asked) return; // another input is being read
  times.push(data.ms);
  const [last, best] = [data.ms, Math.min(...times)].map(number.format);
  say(`${last} ms on this device${best === last ? "" : `, at best ${best} ms`}. ${loaded}`);
  $(".answers").replaceChildren(...data.outputs.map(answerOf));
};
