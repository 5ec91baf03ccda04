// Learn.
import { create } from "../dom.ts";
import "./learn.css";

export function mount(section: HTMLElement): void {
  section.append(create("h2", "", "Learn"));
}
