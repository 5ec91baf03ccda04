// The snippets of the panel “Use it” for stock tools, each as it is printed: TensorFlow.js on
// pages, Keras in Python.
import { copyFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { beforeAll, expect, test } from "vitest";
import type { load as Load } from "../../web/src/embed/load.ts";
import { snippetOf } from "../../web/src/testing/site.ts";
import { temporary } from "../../web/src/testing/temporary.ts";
import {
  inChromium,
  makeSite,
  manifestOf,
  MODULE,
  python,
  ROOT,
  SITE,
  Stage,
  writePost,
} from "./scenario.ts";
import { serve, type Host } from "./server.ts";

const TFJS = join(ROOT, "web/node_modules/@tensorflow/tfjs/dist/tf.fesm.min.js");

let blog: string;
/** The published site, and one with a model that is a graph only; other pages may use both. */
let sites: { published: Host; graph: Host };

beforeAll(async () => {
  sites = {
    published: await serve(SITE),
    graph: await serve(await makeSite({ graph: "cnn graph float32" })),
  };
  blog = await temporary();
  await copyFile(TFJS, join(blog, "tf.js")); // unchanged, as npm has it
});

type Printed = ReturnType<typeof snippetOf>;

/**
 * A page that runs it, unchanged, as a module of its own, with stock TensorFlow.js under the name
 * that a bundler knows.
 */
async function writePage({ code }: Printed): Promise<void> {
  const head = `<script type="importmap">{ "imports": { "@tensorflow/tfjs": "./tf.js" } }</script>
    <script>globalThis.said = []; console.log = (...all) => { said.push(...all); };</script>`;
  await writePost(blog, code, head + MODULE);
}

/** Runs load.js on the input that the snippets start with: zeros. */
async function ours({ manifest, address }: Printed) {
  const module = pathToFileURL(join(SITE, "load.js")).href;
  const { load } = (await import(module)) as { load: typeof Load };
  const model = await load(address);
  const size = manifest.input.shape.reduce((product, side) => product * side, 1);
  const { label, probabilities } = await model.predict(new Float32Array(size));
  model.dispose();
  return { label, probabilities: [...probabilities!] };
}

inChromium(
  (stage) => {
    const plays = async (snippet: Printed) => {
      stage.mayComplain = /console/;
      stage.host.keeps = false; // each page has a script of the same name
      const sources = `${sites.published.origin} ${sites.graph.origin}`;
      // Stock TensorFlow.js evaluates text while it starts.
      stage.host.policy = `default-src 'none'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; connect-src 'self' ${sources}; img-src data:`;
      await writePage(snippet);
      await stage.page.goto(stage.host.url);
      const { label } = await ours(snippet);
      await stage.until(
        (label) => (globalThis as unknown as { said: unknown[] }).said.at(-1) === label,
        label,
      );
    };

    test("with plain TensorFlow.js, and as a graph model, it answers as the site's own runtime does", async () => {
      for (const name of ["mnist-softmax", "mnist-plain"])
        await plays(snippetOf(sites.published, "With plain TensorFlow.js", name));
      await plays(snippetOf(sites.graph, "As a graph model", "graph"));
    });
  },
  new Stage(() => Promise.resolve(blog)),
);

test("In Python, with Keras: it downloads, checks and runs the very model that was trained", async () => {
  const snippet = snippetOf(sites.published, "In Python, with Keras", manifestOf().name);
  const folder = await temporary();
  await writeFile(join(folder, "snippet.py"), snippet.code);
  const run = `import json, runpy, shutil; import numpy as np
def model(): return runpy.run_path("snippet.py")["model"]
first = model()
print("answer", json.dumps(first.predict(np.zeros((1, *first.input_shape[1:])), verbose=0)[0].tolist()))
shutil.rmtree("home")  # or it would be taken from there
try: model()
except Exception as error: print("refused", error)`;
  let sent = 0;
  sites.published.change(/\.keras$/, (body) =>
    (sent += 1) > 1 ? Buffer.concat([body, Buffer.from(" ")]) : body,
  );
  try {
    const { stdout } = await python(["-c", run], {
      cwd: folder,
      env: { KERAS_HOME: join(folder, "home") },
    });
    const answer = JSON.parse(/answer (\[.*\])/.exec(stdout)?.[1] ?? "null") as number[];
    const expected = (await ours(snippet)).probabilities;
    expect(answer).toHaveLength(expected.length);
    // Ours has weights of 16 bits: the site's own verification finds 4e-5.
    answer.forEach((value, index) => {
      expect(Math.abs(value - expected[index]!)).toBeLessThanOrEqual(2e-4);
    });
    expect(new Set(answer).size).toBe(answer.length); // they differ, so the comparison can fail
    expect(stdout).toMatch(/^refused .*hash/im); // another file than the one that was trained
  } finally {
    sites.published.change();
  }
});
