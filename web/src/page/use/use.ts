// Use it.
import { create } from "../dom.ts";
import "./use.css";

export function mount(section: HTMLElement): void {
  section.append(create("h2", "", "Use it"));
}
