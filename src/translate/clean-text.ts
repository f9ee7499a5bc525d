/**
 * What XML cannot carry (XML 1.0 §2.2) or a terminal would obey: control characters but tab and line feed, U+FFFE and
 * U+FFFF. They are taken out, not refused: old clients let a form feed or NUL slip in, and what people wrote is around it.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const unfit = /[\0-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]/;
const allUnfit = new RegExp(`${unfit.source}+`, "g");

/** Somebody's text as XMPP may carry it: every line end is one LF (sip-wire 3.3), nothing unfit is left. */
export function cleanText(text: string): string {
  const lines = text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
  // Nearly every text is fit as it is.
  return (unfit.test(lines) ? lines.replace(allUnfit, "") : lines).toWellFormed();
}

/** The same on one line, without space around it. */
export function cleanLine(text: string): string {
  if (text === "") return text;
  return cleanText(text)
    .replace(/[\t\n\u2028\u2029]+/g, " ")
    .trim();
}
