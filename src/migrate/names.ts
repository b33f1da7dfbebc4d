import { digest } from '../compile/digest.ts';

const longest = 63;

/** A DNS label (RFC 1123 §2.1, as Kubernetes narrows it) as near to the text as can be; of a longer text a digest tells what was cut off. */
export function dnsLabel(text: string): string {
  const label = text
    .toLowerCase()
    .replace(/[^-a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  if (label !== '' && label.length <= longest) return label;
  return `${label.slice(0, longest - 9).replace(/-+$/, '') || 'unnamed'}-${digest(text).slice(0, 8)}`;
}

/** Gives DNS labels that are unique in their scope (a kind, and a namespace): the second of a name gets -2. */
export type Namer = (scope: string, wanted: string) => string;

/** A Namer that has given nothing yet. The same calls give the same names. */
export function createNamer(): Namer {
  const taken = new Set<string>();
  return (scope, wanted) => {
    const label = dnsLabel(wanted);
    for (let number = 1; ; number += 1) {
      const end = number === 1 ? '' : `-${number}`;
      const name = `${label.slice(0, longest - end.length).replace(/-+$/, '')}${end}`;
      const key = `${scope} ${name}`;
      if (taken.has(key)) continue;
      taken.add(key);
      return name;
    }
  };
}
