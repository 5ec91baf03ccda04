// The votes as blocks on a scale of scores.

export interface Block {
  readonly pixel: number;
  readonly isFor: boolean;
  /** Ends on the scale. A vote against ends at the left of where it begins. */
  readonly from: number;
  readonly to: number;
  /** 0 for the strongest of its kind, almost 1 for the weakest. */
  readonly rank: number;
}

/**
 * The votes for, laid end to end from 0 up, the strongest first; then those against, from there
 * back down.
 */
export function layVotes(votes: Float64Array): readonly Block[] {
  let end = 0;
  const lay = (isFor: boolean) => {
    const pixels = [...votes.keys()].filter((pixel) =>
      isFor ? votes[pixel]! > 0 : votes[pixel]! < 0,
    );
    pixels.sort((a, b) => Math.abs(votes[b]!) - Math.abs(votes[a]!));
    return pixels.map((pixel, at): Block => {
      const from = end;
      end += votes[pixel]!;
      return { pixel, isFor, from, to: end, rank: at / pixels.length };
    });
  };
  return [...lay(true), ...lay(false)];
}
