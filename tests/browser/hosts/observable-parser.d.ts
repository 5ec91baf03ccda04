/** The part of Observable's parser that examples.test.ts needs; it comes without types. */
export interface Cell {
  readonly id: { readonly name: string } | null;
  readonly body: { readonly type: string; readonly start: number; readonly end: number };
  readonly references: readonly { readonly name: string }[];
  readonly async: boolean;
}
export function parseCell(code: string): Cell;
