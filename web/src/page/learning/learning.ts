import { create } from "../dom.ts";
import type { Store } from "../state.ts";
import { mount as mountWeights } from "../weights/weights.ts";
import { mount as mountLearn } from "../learn/learn.ts";
import { mount as mountTrain } from "../train/train.ts";

export function mount(section: HTMLElement, store: Store): void {
  for (const one of [mountWeights, mountLearn, mountTrain]) {
    const part = create("div", "", create("header", ""));
    section.append(part);
    one(part, store);
  }
}
