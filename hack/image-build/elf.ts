/** What an ELF program or library asks the dynamic loader for. */
export interface ElfNeeds {
  /** Absolute path of the loader; undefined for libraries and static programs. */
  readonly interpreter?: string;
  /** Names of shared libraries (DT_NEEDED), in order. */
  readonly libraries: readonly string[];
}

const segment = { load: 1, dynamic: 2, interpreter: 3 } as const;
const tag = { end: 0, needed: 1, strings: 5 } as const;

/** Reads a 64-bit little-endian ELF file (System V ABI, gABI chapters 4 and 5); undefined for whatever is no such file. */
export function readElf(file: Buffer): ElfNeeds | undefined {
  const isElf = file.length > 64 && file.readUInt32BE(0) === 0x7f454c46 && file[4] === 2 && file[5] === 1;
  if (!isElf) return undefined;
  const headers = programHeaders(file);
  const named = headers.find(({ type }) => type === segment.interpreter);
  const interpreter = named === undefined ? {} : { interpreter: textAt(file, named.offset) };
  const dynamic = headers.find(({ type }) => type === segment.dynamic);
  if (dynamic === undefined) return { ...interpreter, libraries: [] };
  const entries = dynamicEntries(file, dynamic);
  const strings = fileOffset(headers, entries.find(([key]) => key === tag.strings)?.[1] ?? 0);
  const libraries = entries.filter(([key]) => key === tag.needed).map(([, name]) => textAt(file, strings + name));
  return { ...interpreter, libraries };
}

interface ProgramHeader {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

function programHeaders(file: Buffer): readonly ProgramHeader[] {
  const start = number64(file, 32);
  const size = file.readUInt16LE(54);
  return Array.from({ length: file.readUInt16LE(56) }, (_, i) => {
    const at = start + i * size;
    return {
      type: file.readUInt32LE(at),
      offset: number64(file, at + 8),
      address: number64(file, at + 16),
      size: number64(file, at + 32),
    };
  });
}

function dynamicEntries(file: Buffer, { offset, size }: ProgramHeader): readonly (readonly [number, number])[] {
  const entries: (readonly [number, number])[] = [];
  for (let at = offset; at < offset + size; at += 16) {
    const key = number64(file, at);
    if (key === tag.end) break;
    entries.push([key, number64(file, at + 8)]);
  }
  return entries;
}

function fileOffset(headers: readonly ProgramHeader[], address: number): number {
  const load = headers.find(
    (header) => header.type === segment.load && address >= header.address && address < header.address + header.size,
  );
  if (load === undefined) throw new Error('ELF: the table of names is in no segment of the file');
  return address - load.address + load.offset;
}

const number64 = (file: Buffer, at: number): number => Number(file.readBigUInt64LE(at));

function textAt(file: Buffer, at: number): string {
  return file.toString('latin1', at, file.indexOf(0, at));
}
