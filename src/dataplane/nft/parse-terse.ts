/**
 * What only the text form says: nft 1.0.6 leaves the devices of netdev chains out of its JSON, and its JSON of a dormant
 * table is broken. The text comes from `nft -t list table`, which leaves all elements out.
 */
export interface TerseTable {
  /** Devices by chain, sorted; only chains that hang at devices. */
  readonly devices: ReadonlyMap<string, readonly string[]>;
  /** Flags of the table itself, e.g. `dormant`. */
  readonly flags: readonly string[];
}

/** Reads `nft -t list table FAMILY NAME`; lines it does not know are left out. */
export function parseTerseTable(text: string): TerseTable {
  const devices = new Map<string, readonly string[]>();
  const flags: string[] = [];
  let chain: string | undefined;
  for (const line of text.split('\n')) {
    chain = /^\tchain ([\w.-]+) \{/.exec(line)?.[1] ?? (line.startsWith('\t}') ? undefined : chain);
    const found = /^\t\ttype \S+ hook \S+ devices? (?:= \{([^}]*)\}|("[^"]*"|\S+)) priority /.exec(line);
    if (chain !== undefined && found !== null) devices.set(chain, deviceList(found[1] ?? found[2] ?? ''));
    const tableFlags = /^\tflags ([\w,]+)$/.exec(line)?.[1];
    if (tableFlags !== undefined) flags.push(...tableFlags.split(','));
  }
  return { devices, flags };
}

function deviceList(text: string): readonly string[] {
  return text
    .split(',')
    .map((device) => device.trim().replace(/^"(.*)"$/, '$1'))
    .filter((device) => device !== '')
    .sort();
}
