// The pages: index.html, embed.html and their hashed assets. The embed has a build of its own (vite.embed.config.ts), so that embed.js
// keeps a stable name and needs no second file.
import { defineConfig } from "vitest/config";
import { reference } from "./src/docs/reference.ts";
import { SKETCH_VERSION } from "./version.ts";

export default defineConfig({
  base: "./", // works from any sub-path of any host
  publicDir: false,
  define: { SKETCH_VERSION },
  plugins: [
    {
      name: "reference",
      transformIndexHtml: (html) => html.replace("<!-- reference -->", reference),
    },
  ],
  build: {
    outDir: "../pipeline/_web/site",
    emptyOutDir: true, // runs first; the embed is written into the emptied folder
    target: "es2022",
    assetsInlineLimit: 0, // data: URLs would need exceptions in the Content-Security-Policy
    modulePreload: { polyfill: false },
    rolldownOptions: { input: ["index.html", "embed.html"] },
    reportCompressedSize: false, // scripts/finish-build.mjs prints brotli sizes
  },
  test: {
    environment: "node",
    include: ["src/**/*.test.ts", "verify/**/*.test.{ts,mjs}"],
  },
});
