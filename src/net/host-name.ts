/** A DNS name in lower case, or all names below one: `*.example.com` has the name `example.com`. */
export interface HostName {
  readonly kind: 'exact' | 'wildcard';
  readonly name: string;
}

const longestName = 253;

/**
 * Text to host name after RFC 1123 §2.1 as Gateway API narrows it: lower-case letters, digits and inner hyphens, labels of
 * 1..63, 253 in all, no final dot, "*." only as the whole first label, nothing that looks like an IPv4 address.
 */
export function parseHostName(text: string): HostName | undefined {
  if (text.length > longestName) return undefined;
  const kind = text.startsWith('*.') ? 'wildcard' : 'exact';
  const name = kind === 'wildcard' ? text.slice(2) : text;
  const labels = name.split('.');
  if (!labels.every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label))) return undefined;
  // Resolvers take 127.1, 2130706433 and 0x7f.1 for addresses: the last label decides.
  return /^([0-9]+|0x[0-9a-f]*)$/.test(labels.at(-1) ?? '') ? undefined : { kind, name };
}
