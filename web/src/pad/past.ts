// What undo goes back to, the latest last.

/** How many steps that is. Bounded because of pictures, of up to 4 MB each. */
export const PAST = 50;

/** The past with one more in it; the earliest makes way. */
export const remember = <Sheet>(past: readonly Sheet[], sheet: Sheet): readonly Sheet[] =>
  [...past, sheet].slice(-PAST);
