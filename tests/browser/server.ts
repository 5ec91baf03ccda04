// Hosts of sites and blogs. They send what `pipeline serve` sends (serve.py); a test can alter it on its way.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, request as ask, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { inject } from "vitest";

/** Complaints and requests of a page since it was opened. */
export interface Watch {
  readonly complaints: string[];
  /** Addresses of all requests; in WebKit, of those that reached a host. */
  readonly requests: string[];
}

/** Return value of `tamper` that breaks the connection off. */
export const BROKEN = Buffer.from("broken off");

type Tamper = (path: string, body: Buffer) => Buffer | Promise<Buffer> | null;
export const untouched: Tamper = (_, body) => body;

/** Watches for WebKit, whose driver tells nothing: pages have a script that keeps their complaints. */
export const told: { to: Watch | null } = { to: null };
const SCRIPT = "complaints.js";

const PREFIX = "/some/where/";

export class Host {
  /** Changes an answer on its way, null for 404; a test sets this. The path is relative to the site. */
  tamper = untouched;
  /** True if browsers may cache answers. */
  keeps = true;
  /** Paths of all requests, and of those that the browser gave up; relative to the site. */
  readonly asked: string[] = [];
  readonly abandoned: string[] = [];
  /** Bodies of posted forms. */
  readonly posted: string[] = [];
  /** Address of the site's index, with a slash at its end. */
  readonly url: string;

  /** @param close From then on there is nobody at this address; again does no harm. */
  constructor(
    readonly folder: string,
    readonly origin: string,
    readonly close: () => Promise<unknown>,
  ) {
    this.url = origin + PREFIX;
  }
}

/** Serve a folder on a free port of this machine, by default with the policy of a published site. */
export async function serve(folder: string, policy = ""): Promise<Host> {
  const server = createServer((request, response) => {
    void (async () => {
      const address = new URL(request.url!, origin).pathname;
      if (!address.startsWith(PREFIX)) {
        response.writeHead(404).end(); // a browser looks for an icon
        return;
      }
      const path = decodeURIComponent(address.slice(PREFIX.length)) || "index.html";
      if (path === SCRIPT) {
        response.setHeader("Content-Type", "text/javascript");
        response.end(await readFile(join(import.meta.dirname, "hosts", SCRIPT)));
        return;
      }
      host.asked.push(path);
      if (request.method === "POST") host.posted.push((await request.toArray()).join(""));
      response.once("close", () => {
        if (!response.writableFinished) host.abandoned.push(path);
      });
      told.to?.requests.push(origin + address);
      const to = { port: inject("server"), path: `/${address.slice(PREFIX.length)}`, headers: { "x-folder": folder } };
      const [answer] = (await once(ask(to).end(), "response")) as [IncomingMessage];
      const file = Buffer.concat(await answer.toArray());
      let body = answer.statusCode === 404 ? null : await host.tamper(path, file);
      if (body === BROKEN) {
        request.socket.end();
        return;
      }
      if (!body) told.to?.complaints.push(`failed: ${address}`);
      if (told.to && body && path.endsWith(".html")) {
        body = Buffer.from(body.toString().replace("<head>", `<head><script src="${PREFIX}${SCRIPT}"></script>`));
      }
      response.statusCode = body ? answer.statusCode! : 404;
      for (const [name, value] of Object.entries(answer.headers)) {
        if (!["connection", "content-length", "last-modified"].includes(name)) response.setHeader(name, value!);
      }
      if (policy) response.setHeader("Content-Security-Policy", policy);
      // A file that is missing is no answer for a year, as that file would be.
      if (!host.keeps || !body) response.setHeader("Cache-Control", "no-store");
      response.end(body ?? "not found");
    })();
  }).listen(0, "127.0.0.1");
  server.unref(); // until the file's tests are done
  server.maxRequestsPerSocket = 1; // so that closing it breaks no idle connection off
  await once(server, "listening");
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = () =>
    new Promise((closed) => {
      server.close(closed); // also where it is closed already
      server.closeAllConnections();
    });
  const host = new Host(folder, origin, close);
  return host;
}
