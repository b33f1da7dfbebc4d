/** A small ELF file (64 bits, little-endian): a loader, and shared libraries that it needs. */
export function elfFile(libraries: readonly string[], interpreter?: string): Buffer {
  const names = Buffer.from(`\0${libraries.map((name) => `${name}\0`).join('')}`);
  const loader = Buffer.from(interpreter === undefined ? '' : `${interpreter}\0`);
  const base = 0x400000;
  const namesAt = 64 + 3 * 56;
  const loaderAt = namesAt + names.length;
  const dynamicAt = loaderAt + loader.length;
  const entries: [number, number][] = [];
  let at = 1;
  for (const name of libraries) {
    entries.push([1, at]);
    at += name.length + 1;
  }
  entries.push([5, base + namesAt], [0, 0]);
  const dynamic = Buffer.alloc(entries.length * 16);
  for (const [i, [tag, value]] of entries.entries()) {
    dynamic.writeBigUInt64LE(BigInt(tag), i * 16);
    dynamic.writeBigUInt64LE(BigInt(value), i * 16 + 8);
  }
  const size = dynamicAt + dynamic.length;
  const head = Buffer.alloc(namesAt);
  head.writeUInt32BE(0x7f454c46, 0);
  head[4] = 2;
  head[5] = 1;
  head.writeBigUInt64LE(64n, 32);
  head.writeUInt16LE(56, 54);
  head.writeUInt16LE(interpreter === undefined ? 2 : 3, 56);
  const segments: readonly (readonly [number, number, number])[] = [
    [1, 0, size],
    [2, dynamicAt, dynamic.length],
    ...(interpreter === undefined ? [] : [[3, loaderAt, loader.length] as const]),
  ];
  for (const [i, [type, offset, length]] of segments.entries()) {
    const header = 64 + i * 56;
    head.writeUInt32LE(type, header);
    head.writeBigUInt64LE(BigInt(offset), header + 8);
    head.writeBigUInt64LE(BigInt(base + offset), header + 16);
    head.writeBigUInt64LE(BigInt(length), header + 32);
  }
  return Buffer.concat([head, names, loader, dynamic]);
}
