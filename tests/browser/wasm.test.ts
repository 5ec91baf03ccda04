// TensorFlow.js on WebAssembly: where the CPU is slow and there is no WebGL, under policies that allow it and that do not.
import { beforeAll, expect, test } from "vitest";
import type { load as Load } from "../../web/src/embed/embed.ts";
import { kerasModel } from "../../web/src/testing/keras-models.ts";
import { flipped } from "./blog.ts";
import { inEveryBrowser, type Stage } from "./scenario.ts";
import { serve, type Host } from "./server.ts";
import { makeLoadSite, temporary, writePost } from "./site.ts";

declare global {
  /** Put there by the page of these tests. */
  var load: typeof Load;
  var trace: {
    /** How often WebAssembly was touched, and softmax computed by it. */
    touched: number;
    runs: number;
    /** What was not compiled, or not fetched. */
    refused: string[];
  };
}

const LAYERS = "branches layers float32";
/** See web/src/runtime/tfjs/models.test.ts; WASM's own rounding is below that. */
const LIMIT = 1e-6;

/**
 * A page without WebGL, whose clock says that a prediction takes 300 ms until WebAssembly runs, and 1 ms from then on. With
 * “fast” in its address it takes 1 ms from the start.
 */
const blog = (site: string) => `
  import { load } from "${site}embed.js";
  const trace = { touched: 0, runs: 0, refused: [] };
  let [now, step] = [0, location.search === "?fast" ? 1 : 300];
  performance.now = () => (now += step);
  for (const { prototype } of [HTMLCanvasElement, OffscreenCanvas]) {
    const { getContext } = prototype;
    prototype.getContext = function (kind, ...rest) {
      return kind.includes("webgl") ? null : getContext.call(this, kind, ...rest);
    };
  }
  const noted = (promise) => {
    promise.catch((error) => trace.refused.push(error.name));
    return promise;
  };
  const { compile, instantiate } = WebAssembly;
  const watched = {
    compile: (...all) => noted(compile(...all)),
    async instantiate(...all) {
      const { instance } = await noted(instantiate(...all));
      step = 1;
      const Softmax = (...numbers) => {
        trace.runs += 1;
        return instance.exports.Softmax(...numbers);
      };
      return { instance: { exports: { ...instance.exports, Softmax } } };
    },
  };
  globalThis.WebAssembly = new Proxy(WebAssembly, {
    get(target, name) {
      trace.touched += 1;
      return watched[name] ?? target[name];
    },
  });
  const { fetch } = globalThis;
  globalThis.fetch = (url, ...rest) => {
    const answer = fetch(url, ...rest);
    return String(url).endsWith(".wasm") ? noted(answer) : answer;
  };
  Object.assign(globalThis, { load, trace });
`;

const untouched: Host["tamper"] = (_, body) => body;

let folder: string;
let blogs: string;
beforeAll(async () => {
  folder = await makeLoadSite({ layers: LAYERS });
  blogs = await temporary();
});

/** A blog that allows something, and the site that it uses, at another origin. */
async function hosts(allowed: string): Promise<[page: Host, site: Host]> {
  const site = await serve(folder, { shared: true });
  const policy = `default-src 'none'; script-src 'self' ${site.origin} ${allowed}; connect-src ${site.origin}; img-src data:`;
  const page = await serve(blogs, { policy });
  await writePost(blogs, blog(site.url));
  page.keeps = site.keeps = false; // the blog's script has another site in it each time
  return [page, site];
}

/** Ask again and again, until WebAssembly has answered or was refused; each answer, and what was seen meanwhile. */
async function ask({ page }: Stage, site: Host, times: number) {
  const { inputs } = kerasModel(LAYERS);
  const found = await page.evaluate(
    async (address, input, times) => {
      const model = await load(address);
      const answers: number[][] = [];
      let left = times;
      while (left-- > 0) {
        const { probabilities } = await model.predict(Float32Array.from(input));
        answers.push([...probabilities!]);
        if (trace.runs > 2 || trace.refused.length > 0) left = Math.min(left, 3);
        await new Promise((resume) => setTimeout(resume, 100)); // ms
      }
      const seen = { ...trace };
      model.dispose();
      return { answers, seen };
    },
    `${site.url}models/layers/latest.json`,
    [...inputs[0]!],
    times,
  );
  const [expected] = kerasModel(LAYERS).outputs;
  for (const answer of found.answers) {
    expect(answer).toHaveLength(expected!.length);
    answer.forEach((value, index) => {
      expect(Math.abs(value - expected![index]!)).toBeLessThanOrEqual(LIMIT);
    });
  }
  return found.seen;
}

const asked = (site: Host) =>
  site.asked.filter((path) => path.includes("tfjs-wasm")).map((path) => path.replace(/.*\./, ""));

inEveryBrowser((stage) => {
  /** Visit a blog that allows something; what happened there, what the site was asked for, and the complaints. */
  async function visit(allowed: string, { query = "", times = 40, tamper = untouched } = {}) {
    const [host, site] = await hosts(allowed);
    site.tamper = tamper;
    const seen = stage.browser.name === "webkit" ? host.watch(site) : stage.seen;
    const before = seen.complaints.length;
    await stage.page.goto(host.url + query);
    await stage.page.waitForFunction(() => "trace" in globalThis);
    const trace = await ask(stage, site, times);
    await host.close();
    await site.close();
    return { ...trace, asked: asked(site), complaints: seen.complaints.slice(before) };
  }
  const allowed = "'wasm-unsafe-eval'";

  test("a model that is slow on the CPU goes on there, by way of one checked file, where the policy allows it", async () => {
    const fast = await visit(allowed, { query: "?fast", times: 8 });
    expect(fast).toEqual({ touched: 0, runs: 0, refused: [], asked: [], complaints: [] });

    const slow = await visit(allowed);
    expect(slow.runs).toBeGreaterThan(2);
    expect(slow).toMatchObject({ refused: [], asked: ["js", "wasm"], complaints: [] });

    const changed = await visit(allowed, {
      // In the last segment of data: it would compile.
      tamper: (path, body) => (path.endsWith(".wasm") ? flipped(body, -1) : body),
    });
    expect(changed).toMatchObject({ runs: 0, refused: ["TypeError"] }); // of fetch
    // The browser's own words on it, and no others.
    for (const complaint of changed.complaints) expect(complaint).toMatch(/integrity|^failed: .*\.wasm$/);

    const forbidden = await visit("");
    expect(forbidden).toMatchObject({ runs: 0, refused: ["CompileError"], asked: ["js"] }); // the binary is not fetched
    for (const complaint of forbidden.complaints) {
      expect(complaint).toMatch(/Content.Security.Policy|policy violation/i);
      expect(complaint).not.toContain("CompileError"); // that one is caught
    }
  });
});
