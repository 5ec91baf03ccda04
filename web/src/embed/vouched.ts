// Fetched for an element or a load() with a pinned hash or key.
import { vouchedBy } from "../runtime/trust/vouched.ts";

export const findVouched = vouchedBy(() => (globalThis as { localStorage?: Storage }).localStorage);
