// assets/LICENSES.txt: whose work the bundles contain, and under which licenses. Found by what the
// bundler has put into them; licenses/unlisted.txt names what no package does.
import { readFileSync } from "node:fs";
import { join } from "node:path";

const HERE = join(import.meta.dirname, "licenses");
const TEXTS = {
  MIT: join(HERE, "MIT.txt"),
  "Apache-2.0": join(import.meta.dirname, "../../LICENSE"), // this project has the same
};
const NOTICE = /^[\s/*]*(copyright\b.{0,120})$/gim;

/** Folder of a package → the copyright notices of its modules. */
const packages = new Map();

/** Notes what a build takes from packages; a plugin of every build. */
export const recordPackages = {
  name: "record-packages",
  generateBundle(_, files) {
    for (const id of Object.values(files).flatMap(({ moduleIds = [] }) => moduleIds)) {
      const [path, folder] =
        /^(.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)[\\/][^?]+/.exec(id) ?? [];
      if (path === undefined) continue; // our own, or the bundler's
      if (!packages.has(folder)) packages.set(folder, new Set());
      for (const [, notice] of readFileSync(path, "utf8").matchAll(NOTICE))
        packages.get(folder).add(notice.trim());
    }
  },
};

/** The text for all builds so far. */
export function licenses() {
  const described = [...packages].sort().map(([folder, notices]) => {
    const { name, version, license, author } = JSON.parse(
      readFileSync(join(folder, "package.json"), "utf8"),
    );
    const unknown = String(license)
      .split(" AND ")
      .filter((id) => !(id in TEXTS));
    if (unknown.length > 0) {
      throw new Error(
        `${name} must have one of the licenses ${Object.keys(TEXTS).join(", ")}. Received: ${unknown.join(", ")}. ` +
          "Add the text of its license to web/scripts/licenses/, or do without the package.",
      );
    }
    const makers = notices.size > 0 ? [...notices].sort() : [`by ${author?.name ?? author}`];
    return [`${name} ${version} (${license})`, ...makers.map((notice) => `  ${notice}`)].join("\n");
  });
  const rule = "=".repeat(80);
  return `${[
    "These files contain work of others, under the licenses below. The rest is under Apache-2.0, too.",
    ...described,
    ...[join(HERE, "unlisted.txt"), ...Object.values(TEXTS), join(HERE, "BSD.txt")].map(
      (path, index) =>
        [...(index > 0 ? [rule, ""] : []), readFileSync(path, "utf8").trimEnd()].join("\n"),
    ),
  ].join("\n\n")}\n`;
}
