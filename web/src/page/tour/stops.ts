// The stops of the tour: what each puts on the pad and where it leads, and which of them a model can have. No DOM.
import type { Prediction } from "../../runtime/types.ts";
import { takesPhotos, type Manifest } from "../../runtime/manifest.ts";

/** A stop's content for the pad: a drawing of ours, or an image that the model misread. */
export type Shown = "three" | "slanted" | "house" | "misread";

export interface Stop {
  /** Key of its words. */
  readonly key: "read" | "prepare" | "sum" | "change" | "weights" | "step" | "doubt";
  /** Id of the section that explains it. */
  readonly section: string;
  readonly shows: Shown;
  /** Which answer is selected for the explanations; none: they follow the answer. */
  readonly picks?: "second";
}

const STOPS: readonly Stop[] = [
  { key: "read", section: "draw", shows: "three" },
  { key: "prepare", section: "hand", shows: "slanted" },
  { key: "sum", section: "why", shows: "three", picks: "second" },
  { key: "change", section: "change", shows: "misread" },
  { key: "weights", section: "weights", shows: "three" },
  { key: "step", section: "learn", shows: "misread" },
  { key: "doubt", section: "draw", shows: "house" },
];

/** In pad/link.ts's form. They make sense to a model of digits only. */
export const DRAWINGS = {
  three: "1PFL0BIQEPE1SPWQlaglqEmAsTkI0VBZcB2AnWkFKVzhlHiAddCJmQExWMGgMbhVuNWJTUmk4dxp5A3UjYz9LVw",
  slanted: "1PDiMBMoILic2HToTNgMyCCYWGiIIKgcuFzAlLDEmNxw3DhYNMhImHhQsAjQPNiE4MTA5KkEcPww7ATMRIx8TKw",
  house:
    "1LlKABJoHAAAAiAEAiAEAigEAiAEAiAEAiAEAAKoBAKwBAKoBAKoBAKwBAKoBAAAAAIcBAIcBAIcBAIkBAIcBAIcBAAAgUo8JZgAAbndudWx3bndsd251AABudmx4bnhseG52bngAAA",
} as const satisfies Partial<Record<Shown, string>>;

/** The digit in the drawings "three" and "slanted". */
export const DRAWN = "3";

/** True if the model reads digits, as our drawings are. */
const readsDigits = (manifest: Manifest): boolean =>
  !takesPhotos(manifest) && manifest.labels.includes(DRAWN) && manifest.labels.every((label) => /^\d$/.test(label));

/**
 * @param hasMistakes True if the version includes images that it misread.
 * @param hasSection True if the page shows the section of this id for the model.
 */
export function stopsFor(
  manifest: Manifest,
  hasMistakes: boolean,
  hasSection: (id: string) => boolean,
): readonly Stop[] {
  return STOPS.filter(
    ({ section, shows }) => hasSection(section) && (shows === "misread" ? hasMistakes : readsDigits(manifest)),
  );
}

const ADDRESS = /^#tour\/(\d{1,3})$/;

/** 0 for "#tour/1"; null if the address does not name a stop. */
export function placeIn(hash: string): number | null {
  const number = ADDRESS.exec(hash)?.[1];
  return number === undefined ? null : Number(number) - 1;
}

export const addressOf = (place: number): string => `#tour/${place + 1}`;

/** Indices of the classes, most probable first. */
export const ranking = ({ probabilities }: Prediction): readonly number[] =>
  Array.from(probabilities, (_, index) => index).sort((a, b) => probabilities[b]! - probabilities[a]!);
