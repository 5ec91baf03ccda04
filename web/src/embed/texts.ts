/** All texts of the element. `{label}`, `{next}`, `{percent}`, `{right}`, `{of}` and `{date}` are placeholders. */
export interface Texts {
  /** Accessible name of the pad. */
  readonly pad: string;
  readonly hint: string;
  /** Below the hint on a touch screen: until then, a finger that passes over the pad scrolls the page. */
  readonly tap: string;
  readonly undo: string;
  readonly clear: string;
  /** Button, for models that read photos. */
  readonly choose: string;
  /** Hint on the empty pad for such a model, and the pad's accessible name. */
  readonly photo: string;
  /** A file is not an image. */
  readonly unreadable: string;
  readonly loading: string;
  readonly failed: string;
  readonly retry: string;
  /** Accessible name of the list of probabilities. */
  readonly answers: string;
  /** Announced when drawing pauses. */
  readonly answer: string;
  /** The answer above the bars, where no other one has a chance. */
  readonly alone: string;
  /** The answer above the bars, and the `{next}` one. */
  readonly then: string;
  /** How often answers like this one are right, of digits that a program drew: `{right}` in `{of}`. */
  readonly often: string;
  /** Likewise, of images: for other models. */
  readonly recognized: string;
  /** A drawing is unlike its answer. */
  readonly unlike: string;
  /** The time is over until which `latest.json` holds: `{date}`. */
  readonly expired: string;
  readonly blank: string;
  readonly picture: string;
  readonly for: string;
  readonly against: string;
}
