// TensorFlow.js on WebAssembly: where the CPU is slow and there is no WebGL, under policies that
// allow it and that do not.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { kerasModel } from "../../web/src/testing/keras-models.ts";
import { temporary } from "../../web/src/testing/temporary.ts";
import { inEveryBrowser, makeSite, writePost } from "./scenario.ts";
import { serve } from "./server.ts";

declare global {
  /** How often WebAssembly computed softmax, and what was not compiled. */
  var trace: { runs: number; refused: string[] };
}

const LAYERS = "branches layers float32";
/** See web/src/runtime/tfjs/models.test.ts; WASM's own rounding is below that. */
const LIMIT = 1e-6;

/**
 * A page without WebGL, whose clock says that a prediction takes 300 ms until WebAssembly runs, and
 * 1 ms from then on.
 */
const SLOW = readFileSync(join(import.meta.dirname, "hosts/slow.js"), "utf8");

let folder: string;
let blogs: string;
beforeAll(async () => {
  folder = await makeSite({ layers: LAYERS });
  blogs = await temporary();
});

inEveryBrowser((stage) => {
  test("a model that is slow on the CPU goes on there where the policy allows it; where not, its binary is not fetched", async () => {
    stage.mayComplain = /Content.Security.Policy|policy violation/i;
    const { inputs, outputs } = kerasModel(LAYERS);
    for (const allowed of ["'wasm-unsafe-eval'", ""]) {
      const site = await serve(folder);
      const policy = `default-src 'none'; script-src 'self' ${site.origin} ${allowed}; connect-src ${site.origin}; img-src data:`;
      const page = await serve(blogs, policy);
      await writePost(blogs, SLOW.replace("https://example.org/site/", site.url));
      const before = stage.seen.complaints.length;
      await stage.page.goto(page.url);
      await stage.until(() => "trace" in globalThis);
      // Again and again, until WebAssembly has answered or was refused.
      const { answers, runs, refused } = await stage.page.evaluate(
        async (address, input) => {
          const model = await load(address);
          const answers: number[][] = [];
          for (let left = 3; left > 0;) {
            const { probabilities } = await model.predict(Float32Array.from(input));
            answers.push([...probabilities!]);
            if (trace.runs > 2 || trace.refused.length > 0) left -= 1;
            await new Promise((resume) => setTimeout(resume, 100)); // ms
          }
          model.dispose();
          return { answers, ...trace };
        },
        `${site.url}models/layers/latest.json`,
        [...inputs[0]!],
      );
      for (const answer of answers) {
        expect(answer).toHaveLength(outputs[0]!.length);
        answer.forEach((value, index) => {
          expect(Math.abs(value - outputs[0]![index]!)).toBeLessThanOrEqual(LIMIT);
        });
      }
      const asked = site.asked
        .filter((path) => path.includes("tfjs-wasm"))
        .map((path) => path.replace(/.*\./, ""));
      const complaints = stage.seen.complaints.slice(before);
      if (allowed) {
        expect(runs).toBeGreaterThan(2);
        expect({ refused, asked, complaints }).toEqual({
          refused: [],
          asked: ["js", "wasm"],
          complaints: [],
        });
      } else {
        expect({ runs, refused, asked }).toEqual({
          runs: 0,
          refused: ["CompileError"],
          asked: ["js"],
        });
        // that one is caught
        for (const complaint of complaints) expect(complaint).not.toContain("CompileError");
      }
    }
  });
});
