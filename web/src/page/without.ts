/**
 * What is not where a site has it: on a site nothing; in one HTML file, which is all there is (src/single/held.ts), `embed.js`
 * and what would make it large, by the key in the manifest's `files`. Panels do as if there were none.
 */
export const without = new Set<string>();
