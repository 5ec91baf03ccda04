import { readFile } from "node:fs/promises";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { expectClose } from "../testing/close.ts";
import { kerasModel } from "../testing/keras-models.ts";
import { bytesOf, denseModel } from "../testing/layers-model.ts";
import { filesOf, manifestOf, publish, ROOT, serve } from "../testing/published.ts";
import { refusal } from "../testing/refusal.ts";
import { headlessHost } from "./headless.ts";
import { createDenseEngine } from "./dense/engine.ts";
import { PATIENCE } from "./download.ts";
import { tools } from "./tfjs/core.ts";
import type { ModelErrorCode } from "./errors.ts";
import { asRecord } from "./json.ts";
import { chooseFormat, load } from "./load.ts";
import { parseManifest } from "./manifest.ts";
import type { Fetch, Host, LoadOptions, Progress } from "./types.ts";

const model = denseModel(6, [{ units: 3, activation: "softmax" }]);
const labels = ["cat", "dog", "eel"];
const formats = [{ id: "layers-float32", files: filesOf(model) }];
const input = Float32Array.of(0, 1, 0, 0.5, 0, 0.25);
const VERSION = `${ROOT}0123456789ab/`;
const WEIGHTS = `${VERSION}layers-float32/group1-shard1of1.bin`;

const site = (change: Record<string, unknown> = {}) =>
  publish(manifestOf(formats, 6, labels, change), formats);
const open = (options: LoadOptions, address = `${ROOT}latest.json`) =>
  load(address, options, headlessHost);
const expectRefusal = (
  options: LoadOptions,
  code: ModelErrorCode,
  message = "",
  address?: string,
) => expect(open(options, address)).rejects.toThrow(refusal(code, message));
/** Serves the site, and something else at one address. */
const servingAt =
  (address: string, answer: () => Promise<Response>): Fetch =>
  (url, init) =>
    url === address ? answer() : serve(site())(url, init);

describe("a published model", () => {
  test("answers as its engine does, from latest.json and from the version's manifest", async () => {
    const expected = createDenseEngine(model.modelJson, model.data).run(input);
    for (const address of [`${ROOT}latest.json`, `${VERSION}manifest.json`]) {
      const loaded = await open({ fetch: serve(site()) }, address);
      expect(loaded.url).toBe(`${VERSION}manifest.json`);
      expect(loaded.labels).toEqual(labels);
      expect(loaded.linear).not.toBeNull();
      const answer = await loaded.predict(input);
      expect(answer).toMatchObject({ ...expected, input, picture: null });
      expect(answer.label).toBe(labels[answer.labelIndex]);
      expect(Math.max(...expected.probabilities)).toBe(expected.probabilities[answer.labelIndex]);
    }
  });

  test("takes no more than its own files, each once, of which the browser keeps what never changes", async () => {
    const asked: string[][] = [];
    const fetch: Fetch = (url, init) => {
      asked.push([url, init.cache]);
      return serve(site())(url, init);
    };
    await open({ fetch });
    const files = [
      "manifest.json",
      "layers-float32/model.json",
      "layers-float32/group1-shard1of1.bin",
    ];
    expect(asked).toEqual([
      [`${ROOT}latest.json`, "no-cache"],
      ...files.map((path) => [VERSION + path, "default"]),
    ]);
  });

  test("is there one answer sooner where latest.json brings the manifest along", async () => {
    const { metrics, ...needed } = {
      ...manifestOf(formats, 6, labels),
      metrics: { test_accuracy: 0.9 },
    };
    const pointing = (brought: unknown) =>
      serve(publish({ ...needed, metrics }, formats, brought as typeof needed));
    const { drawings, extras, tensors, vouched } = headlessHost;
    const embedded: Host<never> = { drawings, extras, tensors, vouched };
    const files = [`${VERSION}layers-float32/model.json`, WEIGHTS];

    const fetch = pointing(needed);
    const loaded = await load(`${ROOT}latest.json`, { fetch }, embedded);
    expect(fetch.asked).toEqual([`${ROOT}latest.json`, ...files]);
    expect(loaded.url).toBe(`${VERSION}manifest.json`);
    expect(loaded.manifest.metrics).toBeUndefined();
    const older = pointing(undefined);
    const same = await load(`${ROOT}latest.json`, { fetch: older }, embedded);
    expect(older.asked).toEqual([`${ROOT}latest.json`, `${VERSION}manifest.json`, ...files]);
    expect(await same.predict(input)).toEqual(await loaded.predict(input));
    const whole = pointing(needed);
    expect(
      (await load(`${ROOT}latest.json`, { fetch: whole }, headlessHost)).manifest.metrics,
    ).toEqual(metrics);
    expect(whole.asked).toEqual(older.asked);
    const wanting = pointing(needed);
    await load(`${ROOT}latest.json`, { fetch: wanting, format: "layers-float32" }, embedded);
    expect(wanting.asked).toEqual(older.asked); // the pointer may not list it

    const [format] = loaded.manifest.formats;
    const bringing = (text: unknown) => {
      const brought = format!.files.map((file) =>
        file.path === format!.path ? { ...file, text } : file,
      );
      return pointing({ ...needed, formats: [{ ...format, files: brought }] });
    };
    const together = bringing(
      new TextDecoder().decode(site().get(`${VERSION}layers-float32/model.json`)),
    );
    const progress: number[] = [];
    const onProgress = ({ loaded, total }: Progress) => progress.push(loaded / total);
    const soonest = await load(`${ROOT}latest.json`, { fetch: together, onProgress }, embedded);
    expect(together.asked).toEqual([`${ROOT}latest.json`, WEIGHTS]);
    expect(await soonest.predict(input)).toEqual(await loaded.predict(input));
    expect(progress.at(-1)).toBe(1);
    for (const text of ["{}", 3, [], {}]) {
      const other = load(`${ROOT}latest.json`, { fetch: bringing(text) }, embedded);
      await expect(other).rejects.toEqual(refusal("integrity"));
    }

    for (const brought of [
      "text",
      3,
      [],
      { ...needed, schema: 2 },
      { ...needed, formats: [{ path: "../x" }] },
    ]) {
      const other = load(`${ROOT}latest.json`, { fetch: pointing(brought) }, embedded);
      await expect(other).rejects.toEqual(refusal("manifest"));
    }
  });

  test("has in its latest.json the format that is chosen of the whole manifest", async () => {
    const folder = new URL("../../../exported_models/example/mnist-softmax/", import.meta.url);
    const read = async (path: string) =>
      JSON.parse(await readFile(new URL(path, folder), "utf8")) as unknown;
    const { version, manifest } = asRecord(await read("latest.json"));
    const whole = parseManifest(await read(`${String(version)}/manifest.json`));
    const brought = parseManifest(manifest);
    expect(whole.formats.length).toBeGreaterThan(1);
    const chosen = chooseFormat(whole);
    const bringsTopology = chosen.files.map((file) =>
      file.path === chosen.path
        ? { ...file, text: expect.stringContaining("modelTopology") as string }
        : file,
    );
    const { id, route, dtype, path, bytes } = chosen; // without what was measured
    expect(brought.formats).toEqual([{ id, route, dtype, path, bytes, files: bringsTopology }]);
    expect(chooseFormat(brought)).toBe(brought.formats[0]);
  });

  test("reports progress in bytes, from nothing to all", async () => {
    const seen: Progress[] = [];
    await open({ fetch: serve(site(), 10), onProgress: (progress) => seen.push(progress) });
    const total = [...formats[0]!.files.values()].reduce((sum, { length }) => sum + length, 0);
    expect(seen[0]).toEqual({ loaded: 0, total });
    expect(seen.at(-1)).toEqual({ loaded: total, total });
    expect(seen.length).toBeGreaterThan(10);
    expect(seen.every(({ loaded }, index) => index === 0 || loaded > seen[index - 1]!.loaded)).toBe(
      true,
    );
  });

  test("joins shards that end in the middle of a number", async () => {
    const modelJson = structuredClone(model.modelJson);
    modelJson.weightsManifest[0]!.paths = ["a.bin", "b.bin"];
    const files = new Map([
      ["model.json", new TextEncoder().encode(JSON.stringify(modelJson))],
      ["a.bin", model.data.slice(0, 13)],
      ["b.bin", model.data.slice(13)],
    ]);
    const sharded = [{ id: "layers-float32", files }];
    const loaded = await open({ fetch: serve(publish(manifestOf(sharded, 6, labels), sharded)) });
    const expected = createDenseEngine(model.modelJson, model.data).run(input);
    expect((await loaded.predict(input)).probabilities).toEqual(expected.probabilities);
  });

  test("refuses to predict after dispose, and other inputs than its own", async () => {
    const loaded = await open({ fetch: serve(site()) });
    await expect(loaded.predict(new Float32Array(5))).rejects.toThrow(refusal("input"));
    await expect(loaded.predict(Float32Array.of(1, 2, 3, 4, 5, NaN))).rejects.toThrow(
      refusal("input", "5 finite of 6"),
    );
    await expect(loaded.predict("drawing" as never)).rejects.toThrow(refusal("input"));
    await expect(loaded.predict({ data: new Uint8Array(4), width: 1, height: 1 })).rejects.toThrow(
      refusal("input"),
    );
    loaded.dispose();
    await expect(loaded.predict(input)).rejects.toThrow(refusal("input"));
  });
});

describe("nothing is used that the manifest does not vouch for", () => {
  const withWeights = (damage: (bytes: Uint8Array) => Uint8Array) => {
    const damaged = site();
    return serve(damaged.set(WEIGHTS, damage(damaged.get(WEIGHTS)!)));
  };
  const DAMAGED = "integrity";

  test("the check is made without crypto.subtle as well", async () => {
    vi.stubGlobal("crypto", {});
    await expect(open({ fetch: serve(site()) })).resolves.toMatchObject({ labels });
    await expectRefusal(
      { fetch: withWeights((bytes) => bytes.map((byte) => byte ^ 1)) },
      "integrity",
    );
  });

  test("a body that never ends is cut off, and so is a manifest", async () => {
    let pieces = 0;
    const endless = (piece: number) => () => {
      const pull = (controller: ReadableStreamDefaultController) => {
        pieces += 1;
        controller.enqueue(new Uint8Array(piece).fill(32));
      };
      return Promise.resolve(new Response(new ReadableStream({ pull })));
    };
    await expectRefusal({ fetch: servingAt(WEIGHTS, endless(1000)) }, "integrity");
    expect(pieces).toBeLessThan(5);
    await expectRefusal({ fetch: endless(2 ** 20) }, "manifest");
  });

  /** A small model.json that would make gigabytes of one file. */
  const repeated = () => {
    const modelJson = structuredClone(model.modelJson);
    modelJson.weightsManifest[0]!.paths = Array<string>(170_000).fill("group1-shard1of1.bin");
    return filesOf({ modelJson, data: model.data });
  };
  const served = (files: ReadonlyMap<string, Uint8Array>, inputs = 6) => {
    const listed = [{ id: "layers-float32", files }];
    return serve(publish(manifestOf(listed, inputs, labels), listed));
  };
  test.each<[string, Fetch, ModelErrorCode]>([
    [
      "another byte of the weights",
      withWeights((bytes) => bytes.map((byte, i) => (i === 5 ? byte ^ 1 : byte))),
      DAMAGED,
    ],
    ["a byte of the weights less", withWeights((bytes) => bytes.slice(1)), DAMAGED],
    [
      "a byte of the weights more",
      withWeights((bytes) => bytesOf([bytes, Uint8Array.of(0)])),
      DAMAGED,
    ],
    ["weights of nothing", withWeights(() => new Uint8Array()), DAMAGED],
    ["a shard that is not listed", served(new Map([...filesOf(model)].slice(0, 1))), "integrity"],
    ["a file of weights that is named again and again", served(repeated()), "integrity"],
    ["another shape than the manifest's", served(filesOf(model), 7), "manifest"],
    [
      "a model.json that is no JSON",
      served(filesOf(model).set("model.json", Uint8Array.of(123))),
      "manifest",
    ],
  ])("%s is refused", async (_, fetch, code) => {
    await expectRefusal({ fetch }, code);
  });
});

describe("failures are typed", () => {
  test.each([
    ["latest.json", `${ROOT}latest.json`],
    ["the manifest", `${VERSION}manifest.json`],
    ["the weights", WEIGHTS],
  ])("404 for %s", async (_, url) => {
    const lacking = site();
    lacking.delete(url);
    await expectRefusal({ fetch: serve(lacking) }, "network", url);
    await expectRefusal({ fetch: serve(lacking) }, "network", "404");
  });

  test("no connection, and one that breaks in the middle", async () => {
    await expectRefusal(
      { fetch: () => Promise.reject(new TypeError("Failed to fetch")) },
      "network",
      "Failed to fetch",
    );
    const broken = new ReadableStream({
      start(controller) {
        controller.enqueue(new Uint8Array(3));
      },
      pull(controller) {
        controller.error(new TypeError("terminated"));
      },
    });
    await expectRefusal(
      { fetch: servingAt(WEIGHTS, () => Promise.resolve(new Response(broken))) },
      "network",
    );
  });

  test.each([
    ["an HTML page", "<!doctype html>"],
    ["null", "null"],
    ["a list", "[]"],
    ["nothing", ""],
    ["a version with a path in it", '{"version": "../../evil"}'],
    ["a version that is no text", '{"version": 1}'],
    ["an unknown schema", '{"schema": 2, "version": "0123456789ab"}'],
  ])("latest.json that holds %s", async (_, text) => {
    const fetch = serve(site().set(`${ROOT}latest.json`, new TextEncoder().encode(text)));
    await expectRefusal({ fetch }, "manifest");
    expect(fetch.asked).toEqual([`${ROOT}latest.json`]);
  });

  test.each(["models/latest.json", "", "https://"])(
    "the address %j outside a page",
    async (address) => {
      await expectRefusal({ fetch: serve(site()) }, "input", "", address);
    },
  );

  describe("a host that stops sending", () => {
    beforeEach(() => {
      vi.useFakeTimers();
    });

    test.each([
      ["latest.json", `${ROOT}latest.json`],
      ["the manifest", `${VERSION}manifest.json`],
      ["model.json", `${VERSION}layers-float32/model.json`],
      ["the weights", WEIGHTS],
    ])("at %s", async (_, stalled) => {
      for (const begins of [false, true]) {
        const aborted: string[] = [];
        /** A response that begins, or not even that, and then stands still until it is aborted. */
        const fetch: Fetch = (url, init) => {
          if (url !== stalled) return serve(site())(url, init);
          init.signal.addEventListener("abort", () => aborted.push(url));
          const stuck = new ReadableStream({
            start(controller) {
              controller.enqueue(new Uint8Array(3));
            },
          });
          return begins ? Promise.resolve(new Response(stuck)) : new Promise(() => undefined);
        };
        const { signal } = new AbortController();
        const failed = open({ fetch, signal }).catch((error: unknown) => error);
        await vi.advanceTimersByTimeAsync(PATIENCE - 1);
        expect(aborted).toEqual([]);
        await vi.advanceTimersByTimeAsync(1);
        const message = `${stalled} must be downloadable. Received: nothing for 30 s. Check address, connection, CORS and the page's Content-Security-Policy.`;
        expect(await failed).toEqual(refusal("network", message));
        expect(aborted).toEqual([stalled]);
        expect(signal.aborted).toBe(false);
      }
    });

    test("at a part of this library", async () => {
      const preprocess = { drawing: [], image: [] };
      const stuck: Host<never> = { ...headlessHost, drawings: () => new Promise(() => undefined) };
      const loading = load(`${ROOT}latest.json`, { fetch: serve(site({ preprocess })) }, stuck);
      const failed = loading.catch((error: unknown) => error);
      await vi.advanceTimersByTimeAsync(PATIENCE);
      expect(await failed).toEqual(refusal("network"));
    });

    test("for less than that, however long it all takes, is no failure", async () => {
      const slow: Fetch = async (url, init) => {
        const { body } = await serve(site(), 40)(url, init);
        const pause = new TransformStream<Uint8Array, Uint8Array>({
          async transform(chunk, controller) {
            await new Promise((resolve) => setTimeout(resolve, PATIENCE - 1));
            controller.enqueue(chunk);
          },
        });
        return new Response(body!.pipeThrough(pause));
      };
      const opened = open({ fetch: slow });
      await vi.advanceTimersByTimeAsync(100 * PATIENCE);
      await expect(opened).resolves.toMatchObject({ labels });
      expect(vi.getTimerCount()).toBe(0);
    });
  });

  test("one failure stops the other downloads", async () => {
    let stopped = false;
    const fetch: Fetch = (url, init) => {
      if (url === WEIGHTS) return Promise.resolve(new Response("", { status: 500 }));
      if (!url.endsWith("model.json")) return serve(site())(url, init);
      return new Promise((_, reject) => {
        init.signal.addEventListener("abort", () => {
          stopped = true;
          reject(init.signal.reason as Error);
        });
      });
    };
    await expectRefusal({ fetch }, "network");
    expect(stopped).toBe(true);
  });

  test.each([
    ["its first call", 1],
    ["a piece that arrives", 3],
  ])(
    "what onProgress throws at %s reaches the caller as it is, and stops the download",
    async (_, call) => {
      const own = new Error("the caller's own");
      let calls = 0;
      const stopped: boolean[] = [];
      const fetch: Fetch = (url, init) => {
        init.signal.addEventListener("abort", () => stopped.push(true));
        return serve(site(), 10)(url, init);
      };
      const onProgress = () => {
        if (++calls === call) throw own;
      };
      await expect(open({ fetch, onProgress })).rejects.toBe(own);
      expect(stopped.length).toBeGreaterThan(0);
    },
  );
});

describe("the caller's signal", () => {
  test("aborted before: nothing is asked for", async () => {
    const fetch = serve(site());
    const reason = new Error("gone");
    const error = await open({ fetch, signal: AbortSignal.abort(reason) }).catch(
      (error: unknown) => error,
    );
    expect(error).toEqual(refusal("aborted"));
    expect((error as Error).cause).toBe(reason);
    expect(fetch.asked).toEqual([]);
  });

  test("aborted in the middle of a file", async () => {
    const controller = new AbortController();
    const onProgress = ({ loaded }: Progress): void => {
      if (loaded > 0) controller.abort();
    };
    await expectRefusal(
      { fetch: serve(site(), 10), signal: controller.signal, onProgress },
      "aborted",
    );
  });

  test("takes effect at once, even where fetch does not listen", async () => {
    const controller = new AbortController();
    const never: Fetch = () => new Promise(() => undefined);
    const loading = open({ fetch: never, signal: controller.signal });
    controller.abort();
    await expect(loading).rejects.toThrow(refusal("aborted"));
  });

  test("aborted afterwards: the model stays usable", async () => {
    const controller = new AbortController();
    const loaded = await open({ fetch: serve(site()), signal: controller.signal });
    controller.abort();
    await expect(loaded.predict(input)).resolves.toMatchObject({ picture: null });
  });
});

describe("the format", () => {
  const packed = model.weights.map(({ values }) =>
    Uint8Array.from(values, (value) => Math.round((value + 1) * 100)),
  );
  const quantization = { dtype: "uint8", scale: 0.01, min: -1 };
  const weights = model.weights.map(({ name, shape }) => ({
    name,
    shape,
    dtype: "float32",
    quantization,
  }));
  const modelJson = {
    ...model.modelJson,
    weightsManifest: [{ paths: ["group1-shard1of1.bin"], weights }],
  };
  const small = { id: "layers-uint8", files: filesOf({ modelJson, data: bytesOf(packed) }) };
  const graph = { id: "graph-float32", files: new Map([["model.json", Uint8Array.of(123, 125)]]) };
  const all = [...formats, small, graph];

  /** The site with all formats, where checks of `format` have `change` made to them. */
  function withChecks(format: string, change: Record<string, unknown>) {
    const manifest = manifestOf(all, 6, labels);
    const verification = manifest["verification"] as { checks: { format: string }[] };
    const checks = verification.checks.map((check) =>
      check.format === format ? { ...check, ...change } : check,
    );
    return serve(publish({ ...manifest, verification: { ...verification, checks } }, all));
  }
  const manifest = manifestOf(all, 6, labels);
  const withManifest = (change: object) => serve(publish({ ...manifest, ...change }, all));
  /** As published by earlier versions, which named none. */
  const earlier = (dtype: RegExp) => {
    const listed = manifest["formats"] as { id: string }[];
    const formats = listed.map((format) => ({
      ...format,
      dtype: format.id.replace("layers-", ""),
    }));
    return withManifest({ formats: formats.filter((format) => dtype.test(format.dtype)) });
  };
  const chosen = async (fetch: Fetch, format?: string) => (await open({ fetch, format })).format.id;
  const [large, little] = [formats[0]!, small].map(
    ({ files }) => bytesOf([...files.values()]).length,
  );
  const smaller = little! < large! ? "layers-uint8" : "layers-float32";
  const larger = smaller === "layers-uint8" ? "layers-float32" : "layers-uint8";

  test.each<[title: string, fetch: Fetch, asked: string | undefined, expected: string]>([
    ["the smallest layers format that is verified", withChecks("", {}), undefined, smaller],
    [
      "the next one where the smallest failed",
      withChecks(smaller, { passed: false }),
      undefined,
      larger,
    ],
    [
      "the next one where the smallest was never checked",
      withChecks(smaller, { format: "other" }),
      undefined,
      larger,
    ],
    [
      "the one that the manifest names",
      withManifest({ default_format: larger }),
      undefined,
      larger,
    ],
    [
      "the one that was asked for, whatever it names",
      withManifest({ default_format: larger }),
      smaller,
      smaller,
    ],
    [
      "never a quantized one of several where it names none",
      earlier(/./),
      undefined,
      "layers-float32",
    ],
    ["a quantized one where there is no other", earlier(/uint8/), undefined, "layers-uint8"],
    [
      "one that failed, by its name",
      withChecks("layers-uint8", { passed: false }),
      "layers-uint8",
      "layers-uint8",
    ],
    [
      "one that was never verified, by its name",
      withManifest({ verification: null }),
      "layers-uint8",
      "layers-uint8",
    ],
  ])("is %s", async (_, fetch, asked, expected) => {
    expect(await chosen(fetch, asked)).toBe(expected);
  });

  const ids = all.map(({ id }) => id).join();
  test.each<[title: string, options: LoadOptions, code: ModelErrorCode, message?: string]>([
    [
      "an unknown one is asked for",
      { fetch: withChecks("", {}), format: "x" },
      "input",
      `${ids}. Received: "x".`,
    ],
    [
      "the manifest says that there is none",
      { fetch: withManifest({ default_format: null }) },
      "unsupported",
    ],
    ["none was verified", { fetch: withManifest({ verification: null }) }, "unsupported"],
  ])("is refused where %s", async (_, options, code, message) => {
    await expectRefusal(options, code, message);
  });
});

describe("models that the dense engine does not know", () => {
  const titles = [
    "branches layers float32",
    "branches graph float32",
    "cnn layers float32",
  ] as const;
  const [layers, graph, chain] = titles.map((title) => {
    const { modelJson, data } = kerasModel(title);
    const [, id] = title.split(" ", 2);
    modelJson.weightsManifest[0]!.paths = ["group1-shard1of1.bin"];
    return { id: `${id!}-float32`, files: filesOf({ modelJson, data }) };
  });
  const site = (...formats: { id: string; files: Map<string, Uint8Array> }[]) => {
    return publish(manifestOf(formats, 100, labels, { input: { shape: [10, 10, 1] } }), formats);
  };

  test.each([
    ["by TensorFlow.js: layers", layers!, "branches", false],
    ["by TensorFlow.js: graph", graph!, "branches", false],
    ["by the dense engine with more rules: layers", chain!, "cnn", true],
  ])("run %s", async (title, format, name, small) => {
    const { inputs, outputs } = kerasModel(`${name} layers float32`);
    const model = await open({ fetch: serve(site(format)) });
    expect(title).toContain(model.format.route);
    expect(model.linear).toBeNull();
    const { probabilities, label, logits } = await model.predict(inputs[0]!);
    expectClose(probabilities, outputs[0]!, 5e-7);
    expect(label).toBe(model.labels[outputs[0]!.indexOf(Math.max(...outputs[0]!))]);
    expect(logits !== null).toBe(small);
    model.dispose();
    await expect(model.predict(inputs[0]!)).rejects.toThrow(refusal("input"));
  });

  test("a graph-model is taken by name only", async () => {
    const fetch = serve(site(graph!, layers!));
    expect((await open({ fetch })).format.id).toBe("layers-float32");
    expect((await open({ fetch, format: "graph-float32" })).format.id).toBe("graph-float32");
  });

  test("leave no tensors behind where loading was stopped, or the manifest promises another shape", async () => {
    const before = await settled();
    const controller = new AbortController();
    const abort = () => {
      controller.abort();
    };
    const onProgress = ({ loaded, total }: Progress) => {
      if (loaded === total) queueMicrotask(abort);
    };
    await expectRefusal(
      { fetch: serve(site(layers!)), signal: controller.signal, onProgress },
      "aborted",
    );
    const manifest = manifestOf([layers!], 100, labels); // flat
    await expectRefusal({ fetch: serve(publish(manifest, [layers!])) }, "manifest");
    expect(await settled()).toBe(before);
  });

  /** Tensors alive, once all that was started has come to its end. */
  async function settled(): Promise<number> {
    await new Promise((resolve) => setTimeout(resolve, 200));
    return tools.tensors();
  }
});
