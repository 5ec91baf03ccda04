// How good it is.
import { create } from "../dom.ts";
import "./quality.css";

export function mount(section: HTMLElement): void {
  section.append(create("h2", "", "How good it is"));
}
