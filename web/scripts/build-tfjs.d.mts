/** @returns File name → code. */
export function buildTfjs(outDir?: string | null): Promise<Map<string, string>>;
