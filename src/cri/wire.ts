/** One field of a protobuf message: a number, or bytes (text and embedded messages, too). Numbers beyond 2^53 are inexact. */
export type WireField =
  | { readonly kind: 'number'; readonly field: number; readonly value: number }
  | { readonly kind: 'bytes'; readonly field: number; readonly value: Uint8Array };

/** Bytes that are no protobuf message. */
export class WireError extends Error {
  override readonly name = 'WireError';
}

const longestVarint = 10;
const wireTypes = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** The fields of a message in their order (Protocol Buffers' wire format; groups are refused, fixed-width values passed over); throws WireError. */
export function readFields(bytes: Uint8Array): readonly WireField[] {
  const fields: WireField[] = [];
  let at = 0;
  const take = (length: number): Uint8Array => {
    if (length > bytes.length - at) throw new WireError(`a value of ${length} bytes at ${at} of ${bytes.length}`);
    at += length;
    return bytes.subarray(at - length, at);
  };
  const varint = (): number => {
    let value = 0;
    for (let i = 0; i < longestVarint; i += 1) {
      const byte = bytes[at];
      if (byte === undefined) throw new WireError(`a number ends at ${at}, in its midst`);
      at += 1;
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) return value;
    }
    throw new WireError(`a number of more than ${longestVarint} bytes at ${at}`);
  };
  while (at < bytes.length) {
    const tag = varint();
    const field = Math.floor(tag / 8);
    const type = tag % 8;
    if (field < 1 || field > 536_870_911) throw new WireError(`field number ${field}`);
    if (type === wireTypes.varint) fields.push({ kind: 'number', field, value: varint() });
    else if (type === wireTypes.bytes) fields.push({ kind: 'bytes', field, value: take(varint()) });
    else if (type === wireTypes.fixed64) take(8);
    else if (type === wireTypes.fixed32) take(4);
    else throw new WireError(`wire type ${type} of field ${field}`);
  }
  return fields;
}

/** A message of these fields; text is written as UTF-8, and what is empty or 0 left out, as proto3 does. */
export function writeFields(fields: readonly (readonly [number, string | number | Uint8Array])[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const [field, value] of fields) {
    if (typeof value === 'number') {
      if (value !== 0) parts.push(varintBytes(field * 8 + wireTypes.varint), varintBytes(value));
      continue;
    }
    const bytes = typeof value === 'string' ? Buffer.from(value) : value;
    if (typeof value === 'string' && value === '') continue;
    parts.push(varintBytes(field * 8 + wireTypes.bytes), varintBytes(bytes.length), bytes);
  }
  return Buffer.concat(parts);
}

function varintBytes(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Uint8Array.from([...bytes, rest]);
}
