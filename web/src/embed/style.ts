const sheets = new WeakMap<Document, Record<string, CSSStyleSheet>>();

/**
 * Style a shadow root with constructed style sheets, shared per document: unlike <style> or a file,
 * a page's Content-Security-Policy cannot forbid them.
 */
export function adoptStyles(shadow: ShadowRoot, ...texts: readonly string[]): void {
  const { ownerDocument } = shadow;
  const own = sheets.get(ownerDocument) ?? {};
  sheets.set(ownerDocument, own);
  shadow.adoptedStyleSheets = texts.map((text) => (own[text] ??= sheetOf(text, ownerDocument)));
}

function sheetOf(text: string, { defaultView }: Document): CSSStyleSheet {
  const sheet = new (defaultView ?? window).CSSStyleSheet();
  sheet.replaceSync(text);
  return sheet;
}
