import { lazyImport } from "../runtime/download.ts";

export const fetchRare = async () => lazyImport(async () => import("./rare.ts"));
