// Hosts of sites and blogs: `pipeline serve` (serve.py), whose answers a test can change on their
// way.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** The bytes to send in place of a file, or null for 404; an error breaks the connection off. */
type Change = (body: Buffer) => Buffer | Promise<Buffer> | null;
/** Complaints of a page, and addresses of its requests; in WebKit, of those that reached a host. */
export type Watch = Readonly<Record<"complaints" | "requests", string[]>>;
/**
 * The watch of WebKit, whose driver tells nothing: pages have a script that keeps their complaints.
 */
export const told: { to: Watch | null } = { to: null };
export type Host = Awaited<ReturnType<typeof serve>>;

const PREFIX = "/some/where/";
const SCRIPT = "/complaints.js";
const COMPLAINTS = readFileSync(join(import.meta.dirname, "hosts", SCRIPT));
const PYTHON = join(import.meta.dirname, "../../.venv/bin/python");
const python = spawn(PYTHON, [join(import.meta.dirname, "serve.py")], {
  stdio: ["pipe", "pipe", "inherit"],
});
const ports = createInterface(python.stdout)[Symbol.asyncIterator]();

/**
 * Serve a folder on a free port of this machine, by default with the Content-Security-Policy of a
 * published site.
 */
export async function serve(folder: string, policy = "") {
  python.stdin.write(`${folder}\n`);
  const behind = `http://127.0.0.1:${(await ports.next()).value as string}/`;
  let changed: readonly [path: RegExp, to: Change] = [/^$/, (body) => body];
  const server = createServer((request, response) => {
    answer(request, response).catch(() => request.socket.destroy());
  });
  server.maxRequestsPerSocket = 1; // so that closing it breaks no idle connection off
  await once(server.listen(0, "127.0.0.1"), "listening");
  server.unref(); // until the file's tests are done
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const host = {
    ...{ folder, policy, origin, url: origin + PREFIX }, // the site's index, with a slash at its end
    /** True if browsers may cache answers. */
    keeps: true,
    /** Paths of all requests, and of those that the browser gave up; relative to the site. */
    ...{ asked: [] as string[], abandoned: [] as string[] },
    /** From now on, send something else in place of some files, and all others as they are. */
    change(path: RegExp | string = "^$", to: Change = (body) => body) {
      changed = [new RegExp(path), to];
    },
    changeJson(path: RegExp | string, to: (content: Record<string, unknown>) => void) {
      host.change(path, (body) => {
        const content = JSON.parse(body.toString()) as Record<string, unknown>;
        to(content);
        return Buffer.from(JSON.stringify(content));
      });
    },
    /** Let nobody have some files before the function that is returned has been called. */
    hold(path: RegExp | string): () => void {
      let release = (): void => undefined;
      const released = new Promise<void>((resume) => (release = resume));
      host.change(path, (body) => released.then(() => body));
      return release;
    },
    /** From then on there is nobody at this address; again does no harm. */
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const address = new URL(request.url!, origin).pathname;
    const path = decodeURIComponent(address.replace(PREFIX, "")) || "index.html";
    if (address === SCRIPT)
      return void response.setHeader("Content-Type", "text/javascript").end(COMPLAINTS);
    told.to?.requests.push(origin + address);
    const isOfSite = address.startsWith(PREFIX); // else a browser looks for an icon
    if (isOfSite) host.asked.push(path);
    response.once("close", () => response.writableFinished || host.abandoned.push(path));
    const file = await fetch(behind + path, { headers: { "Accept-Encoding": "identity" } });
    let body: Buffer | null = file.ok ? Buffer.from(await file.arrayBuffer()) : null;
    if (body && changed[0].test(path)) body = await changed[1](body);
    if (!body && isOfSite) told.to?.complaints.push(`failed: ${address}`);
    // Only for a page that the browser opens: a service worker refuses a changed file.
    const navigates = request.headers.accept?.includes("text/html");
    if (body && told.to && path.endsWith(".html") && navigates)
      body = Buffer.from(
        body.toString().replace("<head>", `<head><script src="${SCRIPT}"></script>`),
      );
    for (const [name, value] of file.headers) {
      if (!["connection", "content-length", "last-modified"].includes(name))
        response.setHeader(name, value);
    }
    if (host.policy) response.setHeader("Content-Security-Policy", host.policy);
    // A file that is missing is no answer for a year, as that file would be.
    if (!host.keeps || !body) response.setHeader("Cache-Control", "no-store");
    response.statusCode = body ? 200 : 404;
    response.end(body ?? "not found"); // with its length, which writeHead would not tell
  }
  return host;
}
