// The contract of <sketch-classifier>: its events, its life, its attributes and properties, its
// words, and the pages around it.
import { describe, expect, test } from "vitest";
import type { SketchClassifierElement as Pad } from "../../web/src/embed/embed.ts";
import { createDenseEngine } from "../../web/src/runtime/dense/engine.ts";
import { draw } from "../../web/src/runtime/proof.ts";
import { denseModel } from "../../web/src/testing/layers-model.ts";
import { Blog, deep, inChromium, PHONE, policyFor, until, VERSION, WEIGHTS } from "./scenario.ts";
import { serve } from "./server.ts";

declare global {
  /** Events of the page, in order: see the scripts of the posts. */
  var noted: string[];
  /** An element that a post keeps. */
  var kept: Pad;
  /** The code of the error of each element, by the element's id. */
  var codes: Record<string, string>;
}

/** A slanted line, as points of a pad's side. */
const LINE = [[0.15, 0.5, 0.85].map((y) => ({ x: 0.6 - (y - 0.15) / 7, y }))];
const MANY = Array.from({ length: 30 }, (_, index) => `kind ${index}`);
const noted = ({ page }: Blog) => page.evaluate(() => globalThis.noted);
const notes = (blog: Blog, what: string) => until(async () => (await noted(blog)).includes(what));
/** The browser's own words on what could not be fetched. */
const NOT_FETCHED = /^failed: |Failed to load|by CORS policy|Cross-Origin Request Blocked/;
/** Collects the codes of errors, which the page then does not find in its console. */
const COLLECTING = `globalThis.codes = {};
  document.addEventListener("error", (event) => {
    if (!event.detail) return;
    event.preventDefault();
    codes[event.target.id] = event.detail.code;
  }, true);`;
/** An element made by a script that runs before the embed's. */
const early = (blog: Blog, more: string, place = "document.body") =>
  `document.addEventListener("DOMContentLoaded", () => {
    globalThis.kept = document.createElement("sketch-classifier");
    Object.assign(kept, { src: ${JSON.stringify(blog.src())}, ${more} });
    ${place}.append(kept);
  });`;

inChromium(scenarios, new Blog({ many: MANY }));

function scenarios(blog: Blog) {
  test("load and progress are told to itself, predict and clear to everybody, change and the words for screen readers at rest", async () => {
    await blog.post(`<main>${blog.element()}</main>`, {
      script: `globalThis.noted = [];
        const note = (...all) => noted.push(all.join(" "));
        document.addEventListener("DOMContentLoaded", () => {
          for (const name of ["load", "progress", "error", "predict", "clear", "change"]) {
            document.querySelector("main").addEventListener(name, ({ detail }) => {
              const late = ["confidence", "familiarity"]; // of all but the first predictions
              const what = name === "predict"
                ? Object.keys(detail).filter((key) => !late.includes(key)).sort().join()
                : String(detail?.label ?? detail);
              note(name, what);
            });
          }
        });
        document.addEventListener("load", ({ target }) => {
          const spoken = target.shadowRoot?.querySelector(".spoken");
          if (spoken) new MutationObserver(() => note("spoken", spoken.textContent)).observe(spoken, { childList: true });
        }, true);`,
    });
    await blog.loaded();
    // ms; twice the pause after which a drawing is announced
    await new Promise((resume) => setTimeout(resume, 1500));
    await expect.poll(() => noted(blog)).toEqual([]);
    const label = await blog.drawn();
    await until(async () => (await noted(blog)).some((one) => one.startsWith("spoken")));
    await notes(blog, `change ${label}`);
    const [predict, ...rest] = [...new Set(await noted(blog))];
    expect(predict).toBe("predict input,label,labelIndex,logits,picture,probabilities");
    expect(rest.sort()).toEqual([
      `change ${label}`,
      expect.stringMatching(new RegExp(`^spoken ${label}, [\\d.]+%$`)),
    ]);
    // before what comes at rest
    expect((await noted(blog)).lastIndexOf(predict!)).toBe((await noted(blog)).length - 3);

    await blog.onPad((pad) => {
      pad.labels = "a,b,c,d,e,f,g,h,i,j"; // no other drawing
      globalThis.noted = [];
    });
    await blog.page.click(deep(".buttons button:last-child"));
    await notes(blog, "spoken The pad is empty.");
    await notes(blog, "change null");
    expect((await noted(blog)).filter((one) => /^(clear|change)/.test(one))).toEqual([
      "clear null",
      "change null",
    ]);
    expect(await blog.onPad(({ prediction }) => prediction)).toBeNull();
    const heard = await blog.page.evaluate(() => globalThis.heard);
    expect([...new Set(heard)]).toEqual(["progress", "load", "predict", "clear"]);
  });

  test("each element that fails tells its own code, words and content, and the others go on", async () => {
    blog.mayComplain = NOT_FETCHED; // whoever cancels the event keeps the console clean
    const bad = (id: string, src: string) =>
      `<sketch-classifier id="${id}" src="${src}"><p>Here you could draw.</p></sketch-classifier>`;
    blog.site.changeJson(`many/.*/manifest.json`, (manifest) => (manifest["preprocess"] = null));
    const two = bad("none", "https://") + bad("page", `${blog.site.url}embed.js`);
    const more = bad("missing", blog.src("none")) + bad("images", blog.src("many"));
    await blog.post(blog.element() + two + more, { script: COLLECTING });
    await blog.until(() => Object.keys(codes).length === 4);
    const codes = await blog.page.evaluate(() => globalThis.codes);
    expect(codes).toEqual({
      none: "input",
      page: "manifest",
      missing: "network",
      images: "unsupported",
    });
    const message = await blog.page.evaluate(() => find("#images", ".message")!.innerText);
    expect(message).toMatch(
      /^many must take drawings and answer with probabilities of labels\. Received: "a manifest that does not say/,
    );
    const shown = await blog.page.$$eval("sketch-classifier p", (all) =>
      all.map((one) => one.getClientRects().length),
    );
    expect(shown).toEqual([1, 1, 1, 1]);
    expect(await blog.page.evaluate(() => find("#images", ".pad")!.getClientRects().length)).toBe(
      0,
    );
    expect(blog.requestsOf(WEIGHTS.replace("digits", "many"))).toBe(0);
    await blog.until(() => heard.includes("load"));
    await blog.draw();
    await blog.predicted();
  });

  test("after the first answer the device repeats Keras’; where it cannot, another backend answers, then none", async () => {
    const { modelJson, data } = denseModel(784, [{ units: 10, activation: "softmax" }]);
    const probe = { shape: [784], low: 0, high: 1, whole: false };
    const keras = (at: number) =>
      createDenseEngine(modelJson, data).run(Float32Array.from(draw(probe, at, 0)));
    const answers = [0, 1, 2, 3, 4, 5, 6, 7].map((at) => [keras(at).probabilities[0]!]);
    const probes = { inputs: [probe], outputs: [{ places: [0], answers, limit: 1e-5 }] };
    blog.site.keeps = false;
    blog.site.changeJson(`${VERSION}/manifest.json`, (manifest) => (manifest["probes"] = probes));
    const script = `${COLLECTING}; globalThis.noted = [];
      addEventListener("proof", ({ detail }) => noted.push(Object.values(detail).join(" ")), true);`;
    await blog.drawn(blog.element('id="pad"'), { script });
    await expect.poll(() => noted(blog)).toEqual(["dense 8 8 dense"]);
    expect(blog.seen.complaints).toEqual([]);
    answers[6] = [2];
    await blog.drawn(blog.element('id="pad"'), { script });
    await expect.poll(() => noted(blog)).toEqual(["dense 7 8 cpu", "cpu 7 8 "]);
    await expect
      .poll(() => blog.page.evaluate(() => globalThis.codes))
      .toEqual({ pad: "unsupported" });
    await blog.says(".message", /^A device must compute what Keras does.*7 of 8 answers alike/);
  });

  test("removed, it stops the download; moved, it keeps model and drawing; with another src it loads another model", async () => {
    const go = blog.site.hold(/\.bin$/);
    await blog.post(`${blog.element()}<section></section>`);
    await blog.until(() => heard.includes("progress"));
    await until(() => blog.requestsOf(WEIGHTS) === 1);
    await blog.onPad((pad) => {
      globalThis.kept = pad;
      pad.remove();
    });
    await until(() => blog.site.abandoned.length > 0);
    expect(blog.site.abandoned).toEqual([WEIGHTS]);
    expect(await blog.page.evaluate(() => heard.filter((name) => name !== "progress"))).toEqual([]);
    go();
    await blog.page.evaluate(() => {
      document.body.prepend(kept);
    });
    const label = await blog.drawn();
    const moved = await blog.onPad(async (pad) => {
      const { model } = pad;
      document.querySelector("section")!.append(pad);
      await new Promise((resolve) => setTimeout(resolve, 50)); // ms
      return [
        pad.model === model,
        pad.prediction?.label,
        heard.filter((name) => name === "load").length,
      ];
    });
    expect(moved).toEqual([true, label, 1]);

    await blog.onPad((pad, many: string) => {
      pad.src = "nowhere";
      pad.src = many;
      pad.format = "layers-float32";
    }, blog.src("many"));
    await until(() =>
      blog.onPad(({ model, prediction }) => model?.manifest.name === "many" && prediction),
    );
    expect(await blog.predicted()).toMatch(/^kind \d/);
    // The ten most probable of thirty labels, in order.
    const values = await blog.onPad(({ shadowRoot }) =>
      [...shadowRoot!.querySelectorAll<HTMLElement>(".value")].map(({ innerText }) =>
        Number.parseFloat(innerText),
      ),
    );
    expect(values).toHaveLength(10);
    expect([...values].sort((a, b) => b - a)).toEqual(values);
    expect(blog.seen.requests.filter((url) => url.endsWith("nowhere"))).toEqual([]);
  });

  test("its state is loading, ready or failed, and blank; a drawing that was begun before the model is there is answered", async () => {
    blog.mayComplain = /nowhere/;
    const states = () =>
      blog.onPad((pad) =>
        ["loading", "ready", "failed", "blank"]
          .filter((name) => pad.matches(`:state(${name})`))
          .join(),
      );
    const go = blog.site.hold(/\.bin$/);
    await blog.post(blog.element());
    await blog.until(() => Boolean(customElements.get("sketch-classifier")));
    await expect.poll(() => states()).toBe("loading,blank");
    await blog.draw();
    await expect.poll(() => states()).toBe("loading");
    go();
    await blog.predicted();
    await expect.poll(() => states()).toBe("ready");
    await blog.onPad((pad) => {
      pad.clear();
    });
    await expect.poll(() => states()).toBe("ready,blank");
    await blog.set({ src: "nowhere" });
    await expect.poll(() => states()).toBe("failed,blank");
  });

  test("a shadow root that came with the page keeps its content until the model is there", async () => {
    const go = blog.site.hold(/\.bin$/);
    const declared = '<template shadowrootmode="open"><p id="wait">Just a moment</p></template>';
    await blog.post(blog.element("", declared));
    await blog.until(() => heard.includes("progress"));
    // ms; an empty element would be shown by now
    await new Promise((resume) => setTimeout(resume, 300));
    const shown = () =>
      blog.onPad(({ shadowRoot }) => [
        shadowRoot!.querySelector("#wait")?.textContent,
        shadowRoot!.childNodes.length,
      ]);
    expect(await shown()).toEqual(["Just a moment", 1]);
    go();
    await blog.drawn();
    await expect.poll(async () => (await shown())[0]).toBeFalsy();
  });

  test("twenty ask for one model; one far below waits; and a second version of the library says so", async () => {
    blog.mayComplain =
      /^console warn: <sketch-classifier> must be registered once\. Received: version 99\.0\.0 after version \S+\. /;
    const other = await serve(blog.site.folder);
    other.change("embed.js", (body) =>
      Buffer.from(body.toString().replace(/(?<=["`])\d+\.\d+\.\d+[^"`]*/, "99.0.0")),
    );
    const policy = policyFor(blog.site.origin).replace(
      "script-src 'self'",
      `script-src 'self' ${other.origin}`,
    );
    const lazy = blog.element('class="lazy"').replace("digits", "many");
    await blog.post(
      `${blog.element('class="one" loading="eager"').repeat(20)}<p class="far"></p>${lazy}`,
      {
        policy,
        css: ".far { height: 9000px }",
      },
    );
    await blog.until(() => heard.filter((name) => name === "load").length === 20);
    const once = ["models/digits/latest.json", `${VERSION}/manifest.json`, WEIGHTS];
    expect(once.map((path) => blog.requestsOf(path))).toEqual([1, 1, 1]);
    expect(blog.requestsOf("models/many/latest.json")).toBe(0);
    await blog.scrollTo(".lazy");
    await blog.loaded();

    const run = async (name: string, url: string) => {
      await blog.write(name, `import "${url}"; heard.push("${name}");`);
      await blog.page.evaluate((src: string) => {
        document.head.append(
          Object.assign(document.createElement("script"), { type: "module", src }),
        );
      }, name);
      await blog.until((name) => heard.includes(name), name);
    };
    await run("same.js", `${blog.site.url}embed.js?again`);
    await run("other.js", `${other.url}embed.js`);
    expect(blog.seen.complaints).toEqual([expect.stringMatching(blog.mayComplain)]);
  });

  test("where a browser has no internals, no states, or states with dashes only, nothing breaks", async () => {
    for (const script of [
      "delete HTMLElement.prototype.attachInternals;",
      "delete ElementInternals.prototype.states;",
      "CustomStateSet.prototype.add = (name) => { if (!name.startsWith('--')) throw new SyntaxError('two dashes'); };",
    ]) {
      const label = await blog.drawn(`<form>${blog.element('name="digit" required')}</form>`, {
        script: `${script} document.addEventListener("change", () => heard.push("change"));`,
      });
      expect(await blog.onPad((pad) => pad.value)).toBe(label);
      await blog.until(() => heard.includes("change"));
    }
  });

  test("the keyboard alone draws, from the first key on, takes back and clears", async () => {
    const isBlank = () => blog.onPad((pad) => pad.prediction === null);
    const arrive = blog.site.hold(/rare-/);
    await blog.post(blog.element());
    await blog.loaded();
    await blog.onPad((pad) => {
      pad.focus();
    });
    await blog.keys(" ", "ArrowUp", "ArrowUp", " ");
    await expect.poll(() => blog.isShown(".cursor")).toBe(false); // its part is not there
    arrive();
    await blog.predicted();
    // Which key does what is decided in web/src/pad/keyboard.test.ts.
    for (const [key, blank] of [
      ["Delete", true],
      ["Control+z", false],
      ["Control+z", true],
    ] as const) {
      await blog.keys(key);
      await expect.poll(() => isBlank()).toBe(blank);
    }
  });

  test("properties count that were set before the element was known, and reflect attributes", async () => {
    await blog.post('<form id="app"></form>', {
      script: early(
        blog,
        `explain: true, texts: { undo: "Back" }, name: "digit", required: true, strokes: ${JSON.stringify(LINE)}`,
        'document.querySelector("#app")',
      ),
    });
    await blog.loaded();
    const label = await blog.predicted();
    const state = await blog.onPad((pad) => {
      pad.theme = "dark";
      pad.loading = "lazy";
      return [
        pad.getAttributeNames().sort().join(),
        pad.texts.undo,
        pad.alt,
        pad.explain,
        pad.value,
        new FormData(pad.form!).get("digit"),
        pad.checkValidity(),
      ];
    });
    expect(state).toEqual([
      "explain,loading,name,required,src,texts,theme",
      "Back",
      "",
      true,
      label,
      label,
      true,
    ]);
    await blog.set({ explain: false, texts: {} });
    await blog.says(".buttons", /Undo/);

    // A drawing is explained and made an image file.
    const made = await blog.onPad(async (pad) => {
      const blob = (await pad.toBlob())!;
      const bitmap = await createImageBitmap(blob);
      const [explained, other] = [await pad.explainAnswer(), await pad.explainAnswer("0")];
      const logit = pad.prediction!.logits![pad.prediction!.labelIndex]!;
      // black on white: not what a model of strokes sees
      const read = await pad.model!.predict(blob);
      return {
        image: [blob.type, bitmap.width, bitmap.height],
        widths: new Set(pad.strokes.flat().map(({ width }) => width)).size,
        explained: [
          explained!.score.toFixed(3) === logit.toFixed(3),
          other!.score === explained!.score,
        ],
        read: read.label !== null,
      };
    });
    expect(made).toEqual({
      image: ["image/png", 512, 512],
      widths: 1,
      explained: [true, label === "0"],
      read: true,
    });

    // The console reports a value that is no drawing, but not the answer that a framework gives
    // back.
    await blog.onPad((pad, label: string) => (pad.value = label), label);
    blog.mayComplain = /value must be the text of a drawing.*a cat/;
    await blog.onPad((pad) => (pad.value = "a cat"));
    await until(() => blog.mayComplain.test(blog.seen.complaints.join()));
    expect(await blog.onPad((pad) => pad.strokes.length)).toBe(1);
    const empty = await blog.onPad(async (pad) => {
      pad.clear();
      return [await pad.toBlob(), await pad.explainAnswer()];
    });
    expect(empty).toEqual([null, null]);
  });

  describe("words", () => {
    const draw = () =>
      blog.page.$$eval(
        "sketch-classifier",
        (pads, line) => void pads.map((pad) => (pad.strokes = line)),
        LINE,
      );
    const inEach = (selector: string, property: "innerText" | "lang" = "innerText") =>
      blog.page.$$eval(
        "sketch-classifier",
        (pads, selector, property) =>
          pads.map((pad) => pad.shadowRoot!.querySelector<HTMLElement>(selector)?.[property] ?? ""),
        ...([selector, property] as const),
      );
    test("come from texts, labels, alt and slots, and numbers follow the language; wrong ones are told in the console", async () => {
      const own = {
        clear: "Löschen",
        answers: "Wahrscheinlichkeiten",
        answer: "{label} mit {percent}",
      };
      const texts = JSON.stringify(own);
      const labels = "null,eins,zwei,drei,vier,fünf,sechs,sieben,acht,neun";
      await blog.post(
        blog.element(
          `texts='${texts}' labels="${labels}" alt="Ziffern"`,
          '<b slot="undo">Zurück</b>',
        ) +
          blog.element('labels="one,two" theme="drak" value-as="stroke"') +
          blog.element('texts="{"') +
          blog.element(`loading="eager" texts='{"hnt": "Go"}'`),
        { html: 'lang="de"' },
      );
      await blog.loaded();
      await draw();
      await expect.poll(() => inEach(".winner .label")).not.toContain("");
      const [label, ...others] = await inEach(".winner .label");
      expect(labels.split(",")).toContain(label);
      for (const one of others) expect(one).toMatch(/^\d$/); // the model's own words
      await blog.says(".winner .value", /^>?[\d,]+\s%$/);
      await blog.says(".buttons", /Löschen/);
      const names = await blog.onPad(({ shadowRoot }) =>
        [".root", ".bars"].map((selector) =>
          shadowRoot!.querySelector(selector)!.getAttribute("aria-label"),
        ),
      );
      expect(names).toEqual(["Ziffern", "Wahrscheinlichkeiten"]);
      expect(
        await blog.page.$eval('[slot="undo"]', (slotted) => slotted.getClientRects().length),
      ).toBe(1);
      await blog.says(".spoken", new RegExp(`^${label} mit `));
      const warning =
        /^console \w+: <sketch-classifier> (.*) must .*\. Received: (.*)\. Correct .*\.$/;
      blog.mayComplain = warning;
      await blog.page.evaluate((html) => {
        document.body.insertAdjacentHTML(
          "beforeend",
          `<sketch-classifier></sketch-classifier>${html}`,
        );
      }, blog.element('format="f8" loading="eager" theme="drab"'));
      const told = () =>
        blog.seen.complaints.map((said) => warning.exec(said)?.slice(1).join(" ") ?? said).sort();
      const wrong = [
        'format "f8"',
        'labels "one,two"',
        'src ""',
        'texts "{"',
        'theme "drab"',
        'theme "drak"',
      ];
      const hint = String.raw`texts "{\"hnt\": \"Go\"}"`;
      await expect.poll(() => told()).toEqual([...wrong, hint, 'value-as "stroke"'].sort());
    });

    test("are those of the language around it; English in any other, and marked as English, unless the page brings its own", async () => {
      const known = [
        ["de", "Zurück", "Löschen", "de"],
        ["fr-CA", "Annuler", "Effacer", "fr-CA"],
        ["ar", "تراجع", "مسح", "ar"],
        ["fi", "Undo", "Clear", "en"],
      ] as const;
      const own = `<div lang="fi">${blog.element(`loading="eager" texts='{"undo": "Kumoa"}'`)}</div>`;
      await blog.post(
        known
          .map(([lang]) => `<div lang="${lang}">${blog.element('loading="eager"')}</div>`)
          .join("") + own,
      );
      await blog.loaded();
      await draw();
      await expect.poll(() => inEach(".headline")).not.toContain("");
      const label = await blog.predicted();
      const [buttons, headlines] = [await inEach(".buttons"), await inEach(".headline")];
      for (const [at, [, undo, clear]] of known.entries()) {
        expect(buttons[at]).toMatch(new RegExp(`${undo}\\s*${clear}`));
        expect(headlines[at]).toMatch(new RegExp(`^${label}[,،] \\D`));
      }
      expect(await inEach(".root", "lang")).toEqual([
        ...known.map(([, , , marked]) => marked),
        "fi",
      ]);
    });
  });

  test("a hostile style sheet changes neither its size nor its letters", async () => {
    await blog.post(blog.element());
    await blog.loaded();
    for (const css of [
      "* { all: unset !important }",
      "div, canvas, button, ol, p { display: none !important } * { font-size: 90px !important; line-height: 5 }",
      // A blog that resets everything, and then styles bare tags; and a reset of a framework.
      `html, body, body * { all: unset } body, p, h1 { display: block } * { box-sizing: content-box !important; transition: all 2s }
         svg, canvas, figure, output { display: none !important } button { position: absolute; top: -100px; width: 10px }
         div { float: left; width: 33%; margin: 2em } ol, li, span { display: block; padding: 3em } label { font-size: 4px }`,
      "* { margin: 0; padding: 0; border: 0 solid } canvas, img { display: block; max-width: 100%; height: auto } button { background: none; font: inherit }",
      "body { font: 60px fantasy; text-transform: uppercase; letter-spacing: 1em; text-align: right; pointer-events: auto; white-space: pre }",
    ]) {
      await blog.onPad((pad, css) => {
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(css);
        document.adoptedStyleSheets = [sheet];
        pad.clear();
      }, css);
      await blog.drawn();
      const [pad, undo, font] = await blog.onPad(({ shadowRoot }) => {
        const size = (selector: string) => {
          const { width, height } = shadowRoot!.querySelector(selector)!.getBoundingClientRect();
          return [width, height] as const;
        };
        const { fontSize } = getComputedStyle(shadowRoot!.querySelector(".bar")!);
        return [size(".pad"), size(".buttons button"), fontSize] as const;
      });
      expect(pad[0]).toBeGreaterThan(200);
      expect(pad[0]).toBe(pad[1]);
      expect(Math.min(...undo)).toBeGreaterThanOrEqual(44);
      expect(font).toBe("16px");
    }
  });

  test("with right-to-left text the bars grow from the right, and more than 99.9 % reads as it does elsewhere", async () => {
    await blog.drawn(blog.element(), { html: 'lang="he" dir="rtl"' });
    // with it comes the order
    await blog.until(() => find("sketch-classifier", ".headline")?.textContent);
    const { right, left } = await blog.onPad(({ shadowRoot }) => {
      const box = (selector: string) =>
        shadowRoot!.querySelector(selector)!.getBoundingClientRect();
      const value = shadowRoot!.querySelector(".winner .value")!;
      const right = [".winner .track", ".winner .fill", ".pad", ".bars"].map(
        (selector) => box(selector).right,
      );
      value.textContent = `>${(0.999).toLocaleString("he", { style: "percent", minimumFractionDigits: 1 })}`;
      const text = value.firstChild as Text;
      const start = (at: number) => {
        const range = document.createRange();
        range.setStart(text, at);
        range.setEnd(text, at + 1);
        return range.getBoundingClientRect().left;
      };
      const row = value.parentElement!.getBoundingClientRect().left;
      return {
        right,
        left: [start(0), start(text.data.indexOf("9")), box(".winner .value").left, row],
      };
    });
    const [track, fill, pad, bars] = right as [number, number, number, number];
    expect(fill).toBeCloseTo(track, 1);
    expect(pad).toBeGreaterThan(bars);
    const [sign, digit, value, row] = left as [number, number, number, number];
    expect(sign).toBeLessThan(digit);
    expect(value).toBeCloseTo(row, 0);
  });

  test("in a flex container on a phone it fits, and of a column of 160 px nothing sticks out", async () => {
    const labels = "zero,one,two,three,four,five,six,seven,eight,a very long one";
    await blog.drawn(`<aside lang="de">${blog.element(`explain labels="${labels}"`)}</aside>`, {
      css: "aside { display: flex } .column { display: block; width: 160px }",
      size: PHONE,
    });
    await blog.until(() => find("sketch-classifier", ".headline")?.textContent);
    expect(await blog.onPad((pad) => pad.clientWidth - pad.parentElement!.clientWidth)).toBe(0);
    expect(await blog.overflow()).toBe(0);
    await blog.page.$eval("aside", (aside) => (aside.className = "column"));
    await until(() => blog.onPad(() => find("sketch-classifier", ".pad")!.offsetWidth === 160));
    const { outside, track } = await blog.onPad(({ shadowRoot, parentElement }) => {
      const { right } = parentElement!.getBoundingClientRect();
      const all = [...shadowRoot!.querySelectorAll(".root *")];
      return {
        outside: all
          .filter((one) => one.getBoundingClientRect().right > right + 0.5)
          .map((one) => one.className),
        track: find("sketch-classifier", ".track")!.clientWidth,
      };
    });
    expect(outside).toEqual([]);
    expect(track).toBeGreaterThan(16);
  });

  test("in a shadow root of theirs, predict still gets out", async () => {
    await blog.post('<div id="app"></div>', {
      script: `${early(blog, "", 'document.querySelector("#app").attachShadow({ mode: "open" })')}
          document.addEventListener("predict", ({ detail }) => { heard.push(detail.label); });`,
    });
    // Only asks whether the model is there: WebKit's driver takes ten seconds to hand it over.
    await blog.until(() => "kept" in globalThis && Boolean(kept.model));
    await blog.draw(undefined, "#app >>> sketch-classifier >>> .canvas");
    await blog.until(() => heard.some((one) => /^\d$/.test(one)));
  });

  test("it passes axe in both themes, ready and failed", async () => {
    blog.mayComplain = /nowhere/;
    await blog.drawn(`<main><h1>A post</h1>${blog.element('explain alt="Digits"')}</main>`);
    for (const theme of ["light", "dark", "dark", "light"] as const) {
      await blog.set({ theme });
      expect(await blog.axeFindings()).toEqual([]);
      if (theme === "light") continue;
      await blog.set({ src: "nowhere" });
      await blog.until(() => heard.includes("error"));
    }
  });
}
