/** Longest path of a unix socket that conntrackd 1.4.7 takes, in bytes. */
export const maxSocketPath = 107;

/** Whether conntrackd's lexer takes the name for one word; it takes fewer than the kernel does. */
export function isInterface(name: string): boolean {
  return /^[A-Za-z][A-Za-z0-9._-]{0,14}$/.test(name);
}

/** Whether it is an absolute path of ASCII that stays one word. */
export function isPath(path: string): boolean {
  return /^\/[A-Za-z0-9._/+@~-]+$/.test(path);
}

/** The family of an address, or with `withPrefix` of a CIDR, written in ASCII without a zone; undefined for anything else. */
export function familyOf(text: string, withPrefix = false): 4 | 6 | undefined {
  const [address = '', prefix, ...more] = text.split('/');
  if (more.length > 0 || (prefix !== undefined && !withPrefix)) return undefined;
  const family = isIpv4(address) ? 4 : isIpv6(address) ? 6 : undefined;
  if (family === undefined || prefix === undefined) return family;
  return /^(0|[1-9]\d{0,2})$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128) ? family : undefined;
}

function isIpv4(text: string): boolean {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
}

function isIpv6(text: string): boolean {
  const halves = text.split('::');
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return false;
  return halves.length === 2 ? groups.length < 8 : groups.length === 8;
}
