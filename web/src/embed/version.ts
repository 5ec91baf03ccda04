/** Defined by the build, from pipeline/version.py. */
declare const SKETCH_VERSION: string;

export const VERSION = SKETCH_VERSION;
