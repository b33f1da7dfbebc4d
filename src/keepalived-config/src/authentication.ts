import { oneOf, text } from './codec.ts';
import type { Field } from './field.ts';
import { refuse, shorten } from './form.ts';
import type { VrrpInstance } from './model.ts';
import type { ParseError, Result, Statement } from './source.ts';

type Authentication = NonNullable<VrrpInstance['authentication']>;
const type = oneOf('PASS', 'AH');

/** keepalived uses no more of a password. */
const maxPassword = 8;

/** `authentication { auth_type TYPE auth_pass PASSWORD }`; the password is never repeated in an error. */
export const authentication: Field<Authentication> = {
  keywords: ['authentication'],
  read: (statement) => {
    const errors: ParseError[] = [];
    const found: { type?: 'PASS' | 'AH'; password?: string } = {};
    for (const entry of statement.block ?? []) {
      const read = readEntry(entry, found);
      if (!read.ok) errors.push(...refuse(entry, read.message).errors);
    }
    if (errors.length === 0 && (found.type === undefined || found.password === undefined)) {
      errors.push(...refuse(statement, "'authentication' needs a block with auth_type and auth_pass: add them").errors);
    }
    if (errors.length > 0 || found.type === undefined || found.password === undefined)
      return { errors, rest: statement };
    return { value: { type: found.type, password: found.password }, errors };
  },
  write: (value) => {
    const kind = type.write(value.type);
    if (!kind.ok) return { ok: false, at: '.type', message: kind.message };
    const password = text.write(value.password);
    if (!password.ok)
      return {
        ok: false,
        at: '.password',
        message: 'it is not a string of printable characters without quotes, backslash and parameter',
      };
    return {
      ok: true,
      line: {
        text: 'authentication',
        body: [{ text: `auth_type ${kind.value}` }, { text: `auth_pass ${password.value}` }],
      },
    };
  },
  check: ({ password }) =>
    password.length <= maxPassword
      ? []
      : [{ at: '.password', message: `keepalived uses only its first ${maxPassword} characters` }],
};

function readEntry(entry: Statement, found: { type?: 'PASS' | 'AH'; password?: string }): Result<unknown> {
  const [keyword, value, extra] = entry.words;
  const once =
    keyword?.text === 'auth_type'
      ? found.type === undefined
      : keyword?.text === 'auth_pass' && found.password === undefined;
  if (!once || value === undefined || extra !== undefined || entry.block !== undefined) {
    return {
      ok: false,
      message: `'${shorten(keyword?.text ?? '')}' is not expected here: write auth_type and auth_pass, each once and with one value`,
    };
  }
  if (keyword?.text === 'auth_type') {
    const read = type.read(value);
    if (read.ok) found.type = read.value;
    return read.ok ? read : { ok: false, message: `auth_type: ${read.message}` };
  }
  const read = text.read(value);
  if (read.ok) found.password = read.value;
  return read.ok
    ? read
    : {
        ok: false,
        message: 'the password contains a quote, backslash, parameter or control character: choose another',
      };
}
