/** What decoders call the code pages that have another name than windows-NNN. */
const pages: Readonly<Record<number, string>> = {
  866: "ibm866",
  874: "windows-874",
  932: "shift_jis",
  936: "gbk",
  949: "euc-kr",
  950: "big5",
  10000: "macintosh",
  65001: "utf-8",
};

/** RTF 1.9 \fcharsetN: the code page of a font's character set. Others have the document's. */
export const charsetPages: Readonly<Record<number, number>> = {
  0: 1252,
  77: 10000,
  128: 932,
  129: 949,
  134: 936,
  136: 950,
  161: 1253,
  162: 1254,
  163: 1258,
  177: 1255,
  178: 1256,
  186: 1257,
  204: 1251,
  222: 874,
  238: 1250,
};

const decoders = new Map<string, InstanceType<typeof TextDecoder>>();

/** Reads bytes of a Windows code page; one nobody knows is read as Western. */
export function decoderOf(page: number): InstanceType<typeof TextDecoder> {
  const name = pages[page] ?? (page >= 1250 && page <= 1258 ? `windows-${page}` : "windows-1252");
  const known = decoders.get(name) ?? new TextDecoder(name, { ignoreBOM: true });
  decoders.set(name, known);
  return known;
}
