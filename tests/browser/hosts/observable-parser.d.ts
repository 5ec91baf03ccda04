/** What examples.test.ts needs of Observable's parser, which comes without types. */
export interface Cell {
  readonly id: { readonly name: string } | null;
  readonly body: { readonly type: string; readonly start: number; readonly end: number };
  readonly references: readonly { readonly name: string }[];
  readonly async: boolean;
}
export function parseCell(code: string): Cell;
