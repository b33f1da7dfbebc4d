/** The fields of one stanza of a Debian control file (deb822(5)); lines that go on are joined by their line breaks. */
export function parseControl(stanza: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  let last = '';
  for (const line of stanza.split('\n')) {
    const [, name, value = ''] = /^([!-9;-~]+):\s*(.*)$/.exec(line) ?? [];
    if (/^[ \t]/.test(line) && last !== '') fields.set(last, `${fields.get(last)}\n${line}`);
    else if (name !== undefined) {
      last = name;
      fields.set(name, value);
    }
  }
  return fields;
}

/** `NAME VERSION` of the source package that a binary package was built from. */
export function sourceOf(fields: ReadonlyMap<string, string>): string {
  const version = fields.get('Version') ?? '';
  const [, name = fields.get('Package') ?? '', other] = /^(\S+)(?: \((.+)\))?$/.exec(fields.get('Source') ?? '') ?? [];
  return `${name} ${other ?? version}`;
}
