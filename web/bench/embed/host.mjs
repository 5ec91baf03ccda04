// A static host for the bench: folders under paths of one origin. It sends a file's compressed copy
// where one lies beside it, as in a published site, and compresses at the highest quality what has
// none: text, WebAssembly, and the rivals' models.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants } from "node:zlib";

const TYPES = {
  ".bin": "application/octet-stream",
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".json": "application/json",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};
const COMPRESSED = new Set([
  ".bin",
  ".css",
  ".html",
  ".js",
  ".json",
  ".mjs",
  ".onnx",
  ".tflite",
  ".wasm",
]);
const compress = promisify(brotliCompress);

/**
 * @param {Record<string, string>} mounts Path on the host, with a slash at both ends → the folder
 * that lies there.
 * @param {ReadonlyMap<string, string>} pages Path → HTML.
 * @returns {Promise<{ url: string, close(): void }>}
 */
export async function serve(mounts, pages) {
  // path → { body, encoding }: each file is read and compressed once, when it is first asked for
  const ready = new Map();
  const prepare = async (path) => {
    const extension = pages.has(path) ? ".html" : extname(path);
    const content = pages.has(path)
      ? Buffer.from(pages.get(path))
      : await readFile(find(mounts, path));
    if (!COMPRESSED.has(extension)) return { extension, body: content, encoding: null };
    const copy = pages.has(path)
      ? null
      : await readFile(`${find(mounts, path)}.br`).catch(() => null);
    if (copy) return { extension, body: copy, encoding: "br" };
    const params = {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
    };
    return { extension, body: await compress(content, { params }), encoding: "br" };
  };
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://host");
    if (!ready.has(pathname)) ready.set(pathname, prepare(pathname));
    try {
      const { extension, body, encoding } = await ready.get(pathname);
      response.writeHead(200, {
        "Cache-Control": "max-age=3600",
        "Content-Length": body.length,
        "Content-Type": TYPES[extension] ?? "application/octet-stream",
        ...(encoding ? { "Content-Encoding": encoding } : {}),
      });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function find(mounts, path) {
  const mount = Object.keys(mounts).find((mount) => path.startsWith(mount));
  if (!mount) throw new Error(`No folder is mounted for ${path}.`);
  return join(mounts[mount], normalize(`/${path.slice(mount.length)}`));
}
