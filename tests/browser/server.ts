// Hosts of sites and blogs. What they send is what `pipeline serve` sends (serve.py); a host can alter it on its way.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, request as ask, Agent, type IncomingMessage } from "node:http";
import { type AddressInfo } from "node:net";
import { join, normalize } from "node:path";
import { inject } from "vitest";

/** What went wrong on a page, or left it, since it was opened. */
export interface Watch {
  readonly complaints: string[];
  /** Addresses of all requests; in WebKit, of those that reached a host. */
  readonly requests: string[];
}

/** What `tamper` answers to break the connection off. */
export const BROKEN = Buffer.from("broken off");

/** Change one byte of a file, which its hash reveals. */
export function flipped(body: Buffer, at: number): Buffer {
  const other = Buffer.from(body);
  other[at < 0 ? body.length + at : at]! ^= 1;
  return other;
}

/** Takes what pages tell their hosts, by a script at their start: for a browser whose driver tells nothing. */
export const told: { to: Watch | null } = { to: null };
const COMPLAINTS = "complaints.js";

type Tamper = (path: string, body: Buffer) => Buffer | Promise<Buffer> | null;
export const untouched: Tamper = (_, body) => body;

export interface Host {
  /** Address of the site's index, with a slash at its end. */
  readonly url: string;
  readonly origin: string;
  readonly folder: string;
  /** What happens to an answer on its way; a test sets this to break things. The path is relative to the site. */
  tamper: Tamper;
  /** Whether browsers may keep what they got. */
  keeps: boolean;
  /** What it was asked for, and what nobody waited for until it was answered; relative to the site. */
  readonly asked: string[];
  readonly abandoned: string[];
  /** What forms sent to it. */
  readonly posted: string[];
  /** From now on there is nobody at this address; again does no harm. */
  close: () => Promise<void>;
}

const agent = new Agent({ keepAlive: true });

interface Options {
  readonly prefix?: string;
  readonly policy?: string;
  readonly shared?: boolean;
  /** Pages tell it nothing: where a service worker answers for it, WebKit may wait for ever for what they tell at once. */
  readonly quiet?: boolean;
}

/** Serve `folder` under `prefix` on a free port of this machine, by default with the policy of a published site. */
export async function serve(
  folder: string,
  { prefix = "/some/where/", policy = "", shared = false, quiet = false }: Options = {},
): Promise<Host> {
  const heard = () => (quiet ? null : told.to);
  const server = createServer((request, response) => {
    void (async () => {
      const { pathname } = new URL(request.url ?? "/", "http://host");
      const path = normalize(decodeURIComponent(pathname.slice(prefix.length)) || "index.html");
      const sent = request.method === "POST" ? (await request.toArray()).join("") : null;
      if (path === COMPLAINTS) {
        if (sent !== null) heard()?.complaints.push(sent);
        response.writeHead(200, { "Content-Type": "text/javascript", "Access-Control-Allow-Origin": "*" });
        response.end(await readFile(join(import.meta.dirname, "hosts", COMPLAINTS)));
        return;
      }
      host.asked.push(path);
      if (sent !== null) host.posted.push(sent);
      response.once("close", () => {
        if (!response.writableFinished) host.abandoned.push(path);
      });
      heard()?.requests.push(host.origin + pathname);
      const isAltered = host.tamper !== untouched || heard() !== null;
      const headers = { ...request.headers, "x-folder": folder, "x-base": prefix, "x-shared": String(shared) };
      if (isAltered) delete headers["accept-encoding"];
      const asked = ask({ port: inject("server"), path: pathname, headers, agent }).end();
      const [answer] = (await once(asked, "response")) as [IncomingMessage];
      const file = Buffer.concat(await answer.toArray());
      let body = answer.statusCode === 404 ? null : await host.tamper(path, file);
      if (body === BROKEN) {
        request.socket.destroy();
        return;
      }
      if (!body && path !== "favicon.ico") heard()?.complaints.push(`failed: ${pathname}`);
      if (heard() && body && path.endsWith(".html")) {
        body = Buffer.from(body.toString().replace("<head>", `<head><script src="${COMPLAINTS}"></script>`));
      }
      response.statusCode = body ? (answer.statusCode ?? 500) : 404;
      for (const [name, value = ""] of Object.entries(answer.headers)) {
        const isOfTheFile = ["content-length", "last-modified"].includes(name);
        if (name !== "connection" && !(isOfTheFile && isAltered)) response.setHeader(name, value);
      }
      if (policy) response.setHeader("Content-Security-Policy", policy);
      const allowed = response.getHeader("Content-Security-Policy");
      if (heard() && allowed) {
        const more = `connect-src ${host.url}${COMPLAINTS} `;
        response.setHeader("Content-Security-Policy", String(allowed).replace("connect-src ", more));
      }
      // A file that is missing is no answer for a year, as that file would be.
      if (!host.keeps || !body) response.setHeader("Cache-Control", "no-store");
      response.end(body ?? "not found");
    })();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const host: Host = {
    ...{ url: origin + prefix, origin, folder, tamper: untouched, keeps: true },
    ...{ asked: [], abandoned: [], posted: [] },
    close: () =>
      new Promise((closed) => {
        server.close(() => {
          closed(); // also where it is closed already
        });
        server.closeAllConnections();
      }),
  };
  return host;
}
