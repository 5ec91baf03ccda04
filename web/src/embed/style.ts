const sheets = new WeakMap<Document, Map<string, CSSStyleSheet>>();

/** Style a shadow root by the sheets of its document, one for each text: neither a <style> nor a file, which a page's policy could forbid. */
export function adoptStyles(shadow: ShadowRoot, texts: readonly string[]): void {
  const { ownerDocument } = shadow;
  const own = sheets.get(ownerDocument) ?? new Map<string, CSSStyleSheet>();
  sheets.set(ownerDocument, own);
  shadow.adoptedStyleSheets = texts.map((text) => {
    let sheet = own.get(text);
    if (!sheet) {
      sheet = new (ownerDocument.defaultView ?? window).CSSStyleSheet();
      sheet.replaceSync(text);
      own.set(text, sheet);
    }
    return sheet;
  });
}
