// The pages: index.html, embed.html and their hashed assets. The embed has a build of its own (vite.embed.config.ts), so that embed.js
// keeps a stable name and needs no second file.
import { defineConfig } from "vitest/config";
import { builtEngine, guestTfjs } from "./scripts/tfjs-plugin.mjs";
import { reference } from "./src/docs/reference.ts";
import { SKETCH_VERSION } from "./version.ts";

export default defineConfig({
  base: "./", // works from any sub-path of any host
  publicDir: false,
  define: { SKETCH_VERSION },
  plugins: [
    guestTfjs("development"),
    builtEngine("./"),
    {
      name: "reference",
      transformIndexHtml: (html) => html.replace("<!-- reference -->", reference),
    },
  ],
  build: {
    outDir: "../pipeline/_web/site",
    emptyOutDir: false, // scripts/build-tfjs.mjs ran before and has emptied it
    target: "es2022",
    assetsInlineLimit: 0, // data: URLs would need exceptions in the Content-Security-Policy
    modulePreload: { polyfill: false },
    rolldownOptions: { input: ["index.html", "embed.html"] },
    reportCompressedSize: false, // scripts/finish-build.mjs prints brotli sizes
  },
  test: {
    environment: "node",
    include: ["src/**/*.test.ts", "verify/**/*.test.{ts,mjs}"],
    // The parts that the engine imports go through Vite, as in the build; @tensorflow/tfjs itself stays stock beside them.
    alias: [{ find: /^(@tensorflow\/tfjs-[a-z-]+)$/, replacement: "$1/dist/index.js" }],
    server: { deps: { inline: [/@tensorflow\/tfjs-[a-z-]+\/dist\/(?!tf-)/] } },
  },
});
