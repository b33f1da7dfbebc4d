/** keepalived 2.2.7 reads lines into 1024 bytes, one of them the end mark and one the newline; a longer line is cut in two. */
export const maxLineBytes = 1022;

/** Deepest nesting that is read or written; keepalived's own grammar needs four. */
export const maxDepth = 16;

/** Errors listed before the parser stops listing. */
export const maxErrors = 100;

/** Largest text that is read, in UTF-16 code units: some 6,000 instances; it bounds the memory that a hostile text can take. */
export const maxTextLength = 2 * 1024 * 1024;

/** Longest interface name, and address label, of Linux (IFNAMSIZ without the end mark). */
export const maxInterfaceName = 15;

/** Bytes of a text in UTF-8. */
export function utf8Length(text: string): number {
  let bytes = 0;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    // Each half of a surrogate pair counts two of the pair's four bytes.
    bytes += unit < 0x80 ? 1 : unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 2 : 3;
  }
  return bytes;
}
