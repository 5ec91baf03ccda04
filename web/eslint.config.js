// Run from the root of the repository, so that it reaches tests/browser; the packages lie here.
import js from "@eslint/js";
import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";

const domGlobals = [
  ..."window document navigator location history screen self localStorage sessionStorage indexedDB alert".split(
    " ",
  ),
  ..."customElements requestAnimationFrame cancelAnimationFrame getComputedStyle matchMedia XMLHttpRequest".split(
    " ",
  ),
  ..."Image ImageData ImageBitmap createImageBitmap OffscreenCanvas HTMLElement HTMLCanvasElement Element".split(
    " ",
  ),
  ..."Node Event CustomEvent IntersectionObserver ResizeObserver MutationObserver DOMParser process Buffer".split(
    " ",
  ),
];
const nodeGlobals = Object.fromEntries(
  "console process Buffer URL URLSearchParams fetch Response setTimeout clearTimeout performance"
    .split(" ")
    .map((name) => [name, false]),
);
const OUTSIDE = "/(page|embed)(/|$)|^node:";
const noImportsOf = (regex, message) => ["error", { patterns: [{ regex, message }] }];

export default defineConfig(
  { ignores: ["**/runtime/schema.ts"] }, // generated
  js.configs.recommended,
  {
    files: ["**/*.{js,mjs}"],
    languageOptions: { globals: nodeGlobals },
  },
  {
    files: ["**/src/export/*.js"], // copied into exports as it is
    languageOptions: {
      globals: {
        document: false,
        createImageBitmap: false,
        Worker: false,
        onmessage: true,
        postMessage: false,
      },
    },
  },
  {
    files: ["**/browser/hosts/**/*.js"],
    languageOptions: {
      globals: {
        document: false,
        HTMLCanvasElement: false,
        OffscreenCanvas: false,
        WebAssembly: false,
      },
    },
  },
  {
    files: ["**/bench/embed/contenders/*.js"], // scripts of pages; each sets the function predict
    languageOptions: { globals: { document: false, location: false, predict: false } },
  },
  {
    files: ["**/*.{ts,mts}"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: {
        project: ["./tsconfig.json", "./tsconfig.sw.json", "../tests/browser/tsconfig.json"],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      "no-undef": "off", // TypeScript's own job
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-non-null-assertion": "off", // arithmetic over typed arrays, whose indices are in range
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/switch-exhaustiveness-check": "error",
    },
  },
  {
    // The runtime serves the page, the embed and Node alike: no DOM, and no knowledge of who uses
    // it.
    files: ["**/src/runtime/**/*.ts"],
    ignores: ["**/*.test.ts"],
    rules: {
      "no-restricted-globals": ["error", ...domGlobals],
      "no-restricted-imports": noImportsOf(
        `${OUTSIDE}|^[^.]`,
        "src/runtime stands alone: no page, embed, Node or packages.",
      ),
    },
  },
  // Its folders do not know one another, nor what joins them.
  ...["dense", "preprocess", "tfjs", "trust"].map((folder) => ({
    files: [`**/src/runtime/${folder}/**/*.ts`],
    ignores: ["**/*.test.ts"],
    rules: {
      "no-restricted-imports": noImportsOf(
        // TensorFlow.js is fetched only when a model needs it, so one folder alone imports it. Of
        // the others, types only.
        `${OUTSIDE}|${folder === "tfjs" ? "^(?!onnxruntime-web$)[^.@]|^@(?!tensorflow/tfjs-|litertjs/core$)" : "^[^.]"}|^\\.\\./(dense|preprocess|tfjs|trust|headless|load|model)\\b`,
        `src/runtime/${folder} may import only what the folders share${folder === "tfjs" ? ", and TensorFlow.js" : ""}.`,
      ),
    },
  })),
);
