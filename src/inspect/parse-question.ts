import { type Protocol, protocols } from '../explain/question.ts';

/** "namespace/name", or a name alone in `namespace`; undefined for what is neither. */
export function parseObjectName(
  text: string,
  namespace: string,
): { readonly namespace: string; readonly name: string } | undefined {
  const [first = '', second, ...rest] = text.split('/');
  if (rest.length > 0 || first === '' || second === '') return undefined;
  return second === undefined ? { namespace, name: first } : { namespace: first, name: second };
}

/** A protocol by its name in any case; undefined for others. */
export function parseProtocol(text: string): Protocol | undefined {
  return protocols.find((protocol) => protocol === text.toUpperCase());
}

/** 1..65535; undefined for anything else. */
export function parsePort(text: string): number | undefined {
  const port = Number(text);
  return /^\d{1,5}$/.test(text) && port >= 1 && port <= 65_535 ? port : undefined;
}
