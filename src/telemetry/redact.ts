/** Field names (without case, "-" and "_") whose values never reach a log. */
const secretNames = new Set([
  ...['token', 'accesstoken', 'idtoken', 'refreshtoken', 'bearertoken', 'authorization', 'proxyauthorization'],
  ...[
    'password',
    'passphrase',
    'secret',
    'clientsecret',
    'cookie',
    'setcookie',
    'privatekey',
    'clientkeydata',
    'authpass',
  ],
]);

/** Secrets inside of longer text: an Authorization value, or a signed JSON Web Token (RFC 7515 §7.1). */
const secretText = /\b(Bearer|Basic)\s+[\w.~+/=-]+|\beyJ[\w-]+\.[\w-]+\.[\w-]+/gi;

const mask = '[redacted]';
const deepest = 8;

/**
 * A copy fit for a log: secrets masked by field name and by their look, errors as {type, message, stack, …own fields},
 * bigints, maps, sets and cycles as something that JSON can say. Never throws on data.
 */
export function redact(value: unknown): unknown {
  return copy(value, []);
}

/** The same for a line of text. */
export function redactText(text: string): string {
  return text.replace(secretText, mask);
}

function copy(value: unknown, path: readonly object[]): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (path.includes(value)) return '[circular]';
  if (path.length >= deepest) return '[too deep]';
  const inside = [...path, value];
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (value instanceof Error) return copyError(value, inside);
  if (value instanceof Map)
    return copyFields(
      [...value].map(([key, item]) => [String(key), item]),
      inside,
    );
  if (Array.isArray(value) || value instanceof Set) return [...value].map((item) => copy(item, inside));
  return copyFields(Object.entries(value), inside);
}

function copyFields(
  entries: readonly (readonly [string, unknown])[],
  path: readonly object[],
): Record<string, unknown> {
  const isSecret = (key: string) => secretNames.has(key.replace(/[-_]/g, '').toLowerCase());
  return Object.fromEntries(entries.map(([key, value]) => [key, isSecret(key) ? mask : copy(value, path)]));
}

function copyError(error: Error, path: readonly object[]): Record<string, unknown> {
  const { name, message, stack, cause } = error;
  const own = Object.entries(error).filter(([key]) => key !== 'name');
  const always: [string, unknown][] = [
    ['type', name],
    ['message', message],
    ['stack', stack],
  ];
  return copyFields([...always, ...own, ...(cause === undefined ? [] : [['cause', cause] as const])], path);
}
