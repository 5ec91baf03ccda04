// English grammar, for the English catalogue. No DOM.

/** "a 4", "an 8", "an X", "an egg", "an 11,010"; single letters by how they are pronounced. */
export function withArticle(label: string): string {
  const isVowel =
    label.length === 1 ? /[8aefhilmnorsx]/i.test(label) : /^(8|1[18](,|$)|[aeiou])/i.test(label);
  return `${isVowel ? "an" : "a"} ${label}`;
}
