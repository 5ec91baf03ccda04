/**
 * Opens page.html, whose script runs models, in headless Chromium: a server for this one page, and
 * the browser.
 */
import { randomUUID } from "node:crypto";
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import path from "node:path";

// far beyond the slowest model; only keeps a browser that hangs from blocking forever
const SECONDS = 600;
const TYPES = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};
const FLAGS = [
  ..."headless=new no-first-run disable-background-networking disable-component-update disable-breakpad".split(
    " ",
  ),
  ..."ignore-gpu-blocklist enable-unsafe-webgpu enable-unsafe-swiftshader enable-features=Vulkan".split(
    " ",
  ),
  "remote-debugging-pipe", // Chromium ends when it does: with this process
  // which refuses to start for root, as in most containers
  ...(process.getuid?.() === 0 ? ["no-sandbox"] : []),
];
const SOFTWARE = "use-webgpu-adapter=swiftshader"; // WebGPU where there is no GPU

/** The page's answer to the JOB of verify.mjs, with paths of this disk, or its `error`. */
export async function runInChromium(job) {
  let answer = await open(job, []);
  if (answer.error && job.backend === "webgpu") answer = await open(job, [SOFTWARE]);
  if (!answer.error) return answer;
  const rule = `The backend ${job.backend} of ${job.runtime} must start in this Chromium`;
  return {
    error: `${rule}. Received: ${answer.error.slice(0, 300)}. Next step: choose another --backend.`,
  };
}

async function open(job, more) {
  const token = randomUUID(); // without which no other website can ask this server for anything
  const roots = [
    import.meta.dirname,
    job.out,
    job.modules,
    ...job.cases.map(({ model }) => path.dirname(model)),
  ];
  let settle;
  const answered = new Promise((resolve) => (settle = resolve));
  const server = createServer(async (request, response) => {
    const [, given, place, ...rest] = decodeURIComponent(
      new URL(request.url, "http://x").pathname,
    ).split("/");
    const file = path.resolve("/", ...rest);
    try {
      if (given !== token) throw new Error("another page");
      if (place === "alive")
        return request.socket.once("close", () => settle({ crash: "its page crashed" }));
      if (place === "disk" && request.method === "GET") {
        if (!roots.some((root) => root && file.startsWith(root + path.sep)))
          throw new Error("not part of the job");
        return response
          .setHeader("content-type", TYPES[path.extname(file)] ?? "application/octet-stream")
          .end(await readFile(file));
      }
      const body = await Array.fromAsync(request);
      if (place === "out") await writeFile(path.join(job.out, path.basename(file)), body);
      if (place === "answer") settle(JSON.parse(Buffer.concat(body).toString()));
      response.end(JSON.stringify(job));
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const profile = await mkdtemp(path.join(job.out, "chromium-"));
  const url = `http://127.0.0.1:${server.address().port}/${token}/disk${encodeURI(import.meta.dirname)}/page.html`;
  const flags = [...FLAGS, ...more, `user-data-dir=${profile}`].map((flag) => `--${flag}`);
  const browser = spawn(job.chromium, [...flags, url], {
    stdio: ["ignore", "ignore", "pipe", "pipe", "pipe"],
  });
  let said = "";
  browser.stderr.on("data", (text) => (said = (said + text).slice(-2000)));
  const ended = new Promise((resolve) => browser.once("exit", resolve).once("error", resolve));
  void ended.then((how) => settle({ crash: `it ended with ${how}` }));
  const timer = setTimeout(
    () => settle({ crash: `it gave no answer in ${SECONDS} s` }),
    1000 * SECONDS,
  );
  try {
    const answer = await answered;
    if (answer.crash) throw new Error(`Chromium must run the page, but ${answer.crash}. ${said}`);
    for (const { outputs = [] } of answer.results ?? []) {
      for (const output of outputs) output.path = path.join(job.out, output.path);
    }
    return answer;
  } finally {
    clearTimeout(timer);
    browser.kill("SIGKILL");
    await ended;
    server.closeAllConnections();
    server.close();
    await rm(profile, { recursive: true, force: true, maxRetries: 5 }).catch(() => undefined);
  }
}
