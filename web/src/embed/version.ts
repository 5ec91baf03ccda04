/** Defined by the build, from pipeline/__init__.py. */
declare const SKETCH_VERSION: string;

export const VERSION = SKETCH_VERSION;
