const sheets = new WeakMap<Document, Record<string, CSSStyleSheet>>();

/**
 * Style a shadow root by the sheets of its document, one for each text: neither a <style> nor a file, which a page's policy could
 * forbid.
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
