import { type Cidr, checkCidr } from '../net/cidr.ts';
import { type Ip, parseIp } from '../net/ip.ts';
import { FieldError, type Fields, openFields } from './fields.ts';
import type { Effect, Note, Origin } from './model.ts';
import type { Problem, SourceObject } from './read-documents.ts';

export interface Reading<T> {
  readonly values: readonly T[];
  readonly problems: readonly Problem[];
}

/** What `read` makes of every object; one with a field of the wrong type becomes a problem and stops no other. */
export function readEach<T>(objects: readonly SourceObject[], read: (fields: Fields, origin: Origin) => T): Reading<T> {
  const values: T[] = [];
  const problems: Problem[] = [];
  for (const object of objects) {
    try {
      values.push(read(openFields(object), originOf(object)));
    } catch (error) {
      if (!(error instanceof FieldError)) throw error;
      const { line, message } = error;
      problems.push({ file: object.file, line, message: `${describeOrigin(originOf(object))}: ${message}` });
    }
  }
  return { values, problems };
}

/** Where an object was read. */
export function originOf({ file, line, kind, namespace, name }: SourceObject): Origin {
  return { file, line, kind, ...(namespace === undefined ? {} : { namespace }), name };
}

/** "Kind namespace/name". */
export function describeOrigin({ kind, namespace, name }: Origin): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}

/** Notes on one object, collected while it is read. */
export interface NoteBook {
  readonly notes: readonly Note[];
  add(effect: Effect, message: string): void;
  /** A note for every field of a map that is not among `known`. */
  unknown(fields: Fields, known: readonly string[]): void;
}

/** An empty NoteBook. */
export function openNotes(origin: Origin): NoteBook {
  const notes: Note[] = [];
  const add = (effect: Effect, message: string) => void notes.push({ effect, origin, message });
  return {
    notes,
    add,
    unknown: (fields, known) => {
      for (const key of fields.keys())
        if (!known.includes(key)) add('lost', `${fields.at(key)} is not known here and has no effect`);
    },
  };
}

/** An address as Go's net.ParseIP reads it for every peer: one that is mapped into IPv6 (RFC 4291 §2.5.5.2), which our API refuses, is IPv4. */
export function parseAddress(text: string): Ip | undefined {
  const ip = parseIp(text);
  return ip?.family === 6 && ip.value >> 32n === 0xffffn ? { family: 4, value: ip.value & 0xffff_ffffn } : ip;
}

/** A field with one address; undefined when absent or empty. */
export function ipOf(fields: Fields, key: string): Ip | undefined {
  const text = fields.text(key)?.trim();
  if (text === undefined || text === '') return undefined;
  return parseAddress(text) ?? fields.refuse(key, `is ${JSON.stringify(text)}, no IP address`);
}

/** A list of addresses. */
export function ipsOf(fields: Fields, key: string): readonly Ip[] {
  return fields
    .texts(key)
    .filter((text) => text !== '')
    .map((text) => parseAddress(text.trim()) ?? fields.refuse(key, `has ${JSON.stringify(text)}, no IP address`));
}

/** A field with one CIDR; undefined when absent or empty. Bits behind the prefix length are cut off, as Go's net.ParseCIDR does for every peer. */
export function cidrOf(fields: Fields, key: string): Cidr | undefined {
  const text = fields.text(key)?.trim();
  return text === undefined || text === '' ? undefined : parseCidr(fields, key, text);
}

/** A list of CIDRs, read as by `cidrOf`. */
export function cidrsOf(fields: Fields, key: string): readonly Cidr[] {
  return fields.texts(key).map((text) => parseCidr(fields, key, text.trim()));
}

function parseCidr(fields: Fields, key: string, text: string): Cidr {
  const check = checkCidr(text);
  if (check.ok) return check.value;
  return check.reason === 'host-bits' ? check.masked : fields.refuse(key, `has ${JSON.stringify(text)}, no CIDR`);
}
