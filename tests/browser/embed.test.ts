// load() and predict() of the built embed.js: every kind of drawing in every browser, and in a
// worker.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { PinnedModules } from "../../web/src/page/use/pinned.ts";
import { inChromium, inEveryBrowser, makeSite, Stage, writePost } from "./scenario.ts";

const settings = new Stage(() =>
  makeSite({ digits: Array.from("0123456789"), branches: "branches layers float32" }, (site) =>
    writePost(site, 'import { load } from "./embed.js"; Object.assign(globalThis, { load });'),
  ),
);

async function open(stage: Stage): Promise<void> {
  await stage.page.goto(stage.host.url);
  await stage.until(() => "load" in globalThis);
}

inEveryBrowser((stage) => {
  test("every kind of drawing gets the same answer, photos too, and what cannot be read is a typed error", async () => {
    await open(stage);
    const answers = await stage.page.evaluate(async () => {
      const model = await load("models/digits/latest.json"); // relative to the page
      const canvas = document.createElement("canvas");
      Object.assign(canvas, { width: 300, height: 200 });
      const context = canvas.getContext("2d")!;
      context.fillStyle = "white";
      context.fillRect(0, 0, 300, 200);
      context.lineWidth = 16;
      context.beginPath();
      context.moveTo(80, 30);
      context.bezierCurveTo(250, 20, 60, 120, 200, 170);
      context.stroke();
      const offscreen = new OffscreenCanvas(300, 200);
      offscreen.getContext("2d")!.drawImage(canvas, 0, 0);
      const blob = await new Promise<Blob>((resolve) => {
        canvas.toBlob((blob) => {
          resolve(blob!);
        });
      });
      const image = new Image();
      image.src = canvas.toDataURL();
      const numbers = await model.predict(canvas);
      const sources = {
        canvas,
        offscreen,
        imageData: context.getImageData(0, 0, 300, 200),
        bitmap: await createImageBitmap(canvas),
        image,
        blob,
        numbers: numbers.input!,
      };
      const answers: Record<string, unknown> = {};
      for (const [kind, source] of Object.entries(sources)) {
        const { label, probabilities } = await model.predict(source);
        answers[kind] = [label, ...(probabilities ?? [])];
      }
      return answers;
    });
    expect(Object.keys(answers)).toHaveLength(7);
    for (const answer of Object.values(answers)) expect(answer).toEqual(answers["imageData"]);
    expect((answers["imageData"] as unknown[])[0]).toMatch(/^\d$/);
    expect(stage.seen.complaints).toEqual([]);
    expect(
      stage.seen.requests.every((url) => url.startsWith(stage.host.url) || url.startsWith("data:")),
    ).toBe(true);

    const labels = await stage.page.evaluate(async () => {
      const model = await load("models/digits/latest.json");
      const photo = new OffscreenCanvas(5000, 3000);
      const context = photo.getContext("2d")!;
      context.fillStyle = "white";
      context.fillRect(0, 0, 5000, 3000);
      const blank = await model.predict(photo);
      context.fillStyle = "black";
      context.fillRect(2000, 500, 300, 2000);
      const line = await model.predict(photo);
      return [blank.label, line.label];
    });
    expect(labels).toEqual([null, expect.stringMatching(/^\d$/)]);

    const codes = await stage.page.evaluate(async () => {
      const model = await load("models/digits/latest.json");
      const broken = new Image();
      broken.src = "data:image/png;base64,AAAA";
      const empty = document.createElement("canvas");
      empty.width = 0;
      const wrong = [
        broken,
        empty,
        new Blob(["no picture"]),
        document.body,
        "text",
        null,
        undefined,
        7,
      ];
      return Promise.all(
        wrong.map((source) =>
          model.predict(source as never).then(
            () => "an answer",
            (error: unknown) => {
              const { name, code } = error as { name: string; code: string };
              return `${name} ${code}`;
            },
          ),
        ),
      );
    });
    expect(codes).toEqual(codes.map(() => "ModelError input"));
  });
}, settings);

inChromium((stage) => {
  test("it runs in a worker, where there is no document; so do its pinned copy and TensorFlow.js, with the page's answers", async () => {
    await open(stage);
    const { folder } = stage.host;
    const { path } = (
      JSON.parse(await readFile(join(folder, "integrity.json"), "utf8")) as PinnedModules
    )["embed.js"];
    for (const [name, module] of [
      ["digits", "embed.js"],
      ["digits", path],
      ["branches", "embed.js"],
    ] as const) {
      await writeFile(
        join(folder, "worker.js"),
        `import { load } from "./${module}";
         const canvas = new OffscreenCanvas(100, 100);
         canvas.getContext("2d").fillRect(40, 10, 12, 80);
         const answer = async (name) => [...(await (await load("models/" + name + "/latest.json")).predict(canvas)).probabilities];
         globalThis.postMessage(globalThis.document ? null : await answer("${name}"));`,
      );
      const [worker, page] = await stage.page.evaluate(
        async (name, module) => {
          const answer = new Promise((resolve, reject) => {
            const worker = new Worker(`worker.js?${name}${module}`, { type: "module" });
            worker.onmessage = ({ data }) => {
              resolve(data);
            };
            worker.onerror = reject;
          });
          const canvas = new OffscreenCanvas(100, 100);
          canvas.getContext("2d")!.fillRect(40, 10, 12, 80);
          const model = await load(`models/${name}/latest.json`);
          return [await answer, [...(await model.predict(canvas)).probabilities!]];
        },
        name,
        module,
      );
      expect(worker).toEqual(page);
    }
  });
}, settings);
