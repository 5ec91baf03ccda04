// Limits of a published model. The runtime refuses larger ones before it fetches or allocates
// anything. Each engine limits by itself how much it computes: see dense/, conv/ and tfjs/.

/** Bytes of a format. The largest models of keras.applications have 0.4 GB. */
export const FORMAT_BYTES = 2 ** 30;

/** Bytes of a JSON text. That of a model of a thousand layers has one million. */
export const JSON_BYTES = 2 ** 22;

/** Bytes of `judging`, `familiar` and `familiar_weights`, each. The pipeline writes 120,000 at most. */
export const JUDGING_BYTES = 2 ** 22;

/** Items of a list in a manifest. The largest data set of photos has 21,841 labels. */
export const LIST_ITEMS = 2 ** 15;

/** Probes of a model: the COUNT of pipeline/exporting/probes.py. */
export const PROBES = 8;

/**
 * Numbers of all inputs of a probe together, which are drawn in a tenth of a second. An image of
 * 1,024 × 1,024 pixels in color has three million. The LARGEST of pipeline/exporting/probes.py.
 */
export const PROBE_NUMBERS = 2 ** 22;
