// The classes as they are now, and as they were: every change can be undone. No DOM.
import type { Classes } from "./classes.ts";

/** @param isSameLesson Only names have changed, so a model that was trained before is still of these classes. */
type Listener = (classes: Classes, isSameLesson: boolean) => void;

export class Session {
  #classes: Classes;
  readonly #past: Classes[] = [];
  readonly #listeners: Listener[] = [];

  constructor(first: Classes) {
    this.#classes = first;
  }

  get classes(): Classes {
    return this.#classes;
  }

  get canUndo(): boolean {
    return this.#past.length > 0;
  }

  apply(next: Classes): void {
    if (next === this.#classes) return;
    this.#past.push(this.#classes);
    this.#set(next);
  }

  /** @returns True if there was anything to undo. */
  undo(): boolean {
    const before = this.#past.pop();
    if (before) this.#set(before);
    return before !== undefined;
  }

  watch(listener: Listener): void {
    this.#listeners.push(listener);
  }

  #set(next: Classes): void {
    const before = this.#classes;
    const isSameLesson =
      next.length === before.length && next.every(({ examples }, index) => examples === before[index]!.examples);
    this.#classes = next;
    for (const listener of this.#listeners) listener(next, isSameLesson);
  }
}
