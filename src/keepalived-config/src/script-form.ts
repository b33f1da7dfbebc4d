import { findTextProblem, findWordProblem, integer, oneOf, word } from './codec.ts';
import { accept, type Form, type FormRead, joinWritten, refuse, shorten } from './form.ts';
import type { ExtraInterfaces } from './model.ts';
import type { Fifo, Script, Weight } from './model-entries.ts';
import { failure, type Result, type Statement, success, type Word } from './source.ts';
import { splitScript } from './words.ts';

type UserGroup = { readonly user: string; readonly group?: string };

/** `COMMAND [USER [GROUP]]`, the command in double quotes when it has arguments. */
export const script: Form<Script> = {
  read: readScript,
  write: (value) => joinWritten([writeCommand(value.command), writeUserGroup(value)]),
  check: () => [],
};

/** `COMMAND` alone, as in vrrp_script. */
export const command: Form<readonly string[]> = {
  read: (words, statement) => {
    const read = readScript(words, statement);
    if (read.value?.user !== undefined)
      return refuse(
        statement,
        'keepalived takes one word as the command: put the command and its arguments in double quotes',
      );
    return read.value === undefined ? { errors: read.errors } : accept(read.value.command);
  },
  write: (value) => writeCommand(value),
  check: () => [],
};

function readScript(_words: readonly Word[], statement: Statement): FormRead<Script> {
  const outer = splitScript(statement.source);
  if (!outer.ok) return refuse(statement, outer.message);
  const [, line, user, group, ...rest] = outer.value;
  if (line === undefined) return refuse(statement, `'${shorten(statement.source)}' needs a command: add one`);
  const inner = splitScript(line);
  if (!inner.ok) return refuse(statement, inner.message);
  const written = writeCommand(inner.value);
  if (!written.ok) return refuse(statement, `this command cannot be kept in the model: ${written.message}`);
  if (rest.length > 0)
    return refuse(
      statement,
      'after the command come at most a user and a group: put the command and its arguments in double quotes',
    );
  const problem = [user, group]
    .map((name) => (name === undefined ? undefined : findWordProblem(name)))
    .find((each) => each !== undefined);
  if (problem !== undefined) return refuse(statement, `${problem}: write a plain user and group name`);
  return accept({
    command: inner.value,
    ...(user === undefined ? {} : { user }),
    ...(group === undefined ? {} : { group }),
  });
}

function writeCommand(value: unknown): Result<string> {
  if (!Array.isArray(value) || value.length === 0 || value[0] === '') return failure('a command needs a program');
  const parts: string[] = [];
  for (const part of value) {
    const problem =
      part === '' ? undefined : (findTextProblem(part) ?? (part.includes("'") ? "it contains '" : undefined));
    if (problem !== undefined && !isBrace(part)) return failure(`argument ${parts.length}: ${problem}`);
    parts.push(findWordProblem(part) === undefined ? part : `'${part}'`);
  }
  const line = parts.join(' ');
  return success(findWordProblem(line) === undefined ? line : `"${line}"`);
}

// Within the double quotes of a command a single brace has single quotes around it, so it is no word of its own.
function isBrace(part: unknown): boolean {
  return part === '{' || part === '}';
}

/** `USER [GROUP]`. */
export const userGroup: Form<UserGroup> = {
  read: (words, statement) => {
    const [user, group, extra] = words;
    if (user === undefined) return refuse(statement, `'${shorten(statement.source)}' needs a user: add one`);
    if (extra !== undefined) return refuse(extra, `'${shorten(extra.text)}' is one word too many: remove it`);
    for (const name of [user, group]) {
      const problem = name === undefined ? undefined : findWordProblem(name.text);
      if (name !== undefined && problem !== undefined) return refuse(name, `${problem}: write a plain name`);
    }
    return accept({ user: user.text, ...(group === undefined ? {} : { group: group.text }) });
  },
  write: (value) => (value.user === undefined ? failure('user is missing') : writeUserGroup(value)),
  check: () => [],
};

function writeUserGroup(value: Partial<UserGroup>): Result<string> {
  if (value.user === undefined)
    return value.group === undefined ? success('') : failure('a group needs a user before it');
  return joinWritten([value.user, value.group].flatMap((name) => (name === undefined ? [] : [word.write(name)])));
}

/** `PATH [USER [GROUP]]`. */
export const fifo: Form<Fifo> = {
  read: (words, statement) => {
    const [path, ...owner] = words;
    if (path === undefined) return refuse(statement, `'${shorten(statement.source)}' needs a path: add one`);
    const read = word.read(path);
    if (!read.ok) return refuse(path, `'${shorten(path.text)}': ${read.message}`);
    if (owner.length === 0) return accept({ path: read.value });
    const owned = userGroup.read(owner, statement);
    return owned.value === undefined ? { errors: owned.errors } : accept({ path: read.value, ...owned.value });
  },
  write: (value) => joinWritten([word.write(value.path), writeUserGroup(value)]),
  check: () => [],
};

/** `NUMBER [reverse]`, a default weight within -limit..limit. */
export function weight(limit: number): Form<Weight> {
  const value = integer(-limit, limit);
  const reverse = oneOf('reverse');
  return {
    read: (words, statement) => {
      const [number, option, extra] = words;
      if (number === undefined) return refuse(statement, "'weight' needs a number: add one");
      const read = value.read(number);
      if (!read.ok) return refuse(number, `'${shorten(number.text)}': ${read.message}`);
      const wrong = extra ?? (option === undefined || reverse.read(option).ok ? undefined : option);
      if (wrong !== undefined)
        return refuse(wrong, `'${shorten(wrong.text)}' is not expected here: only 'reverse' may follow a weight`);
      return accept<Weight>(option === undefined ? { value: read.value } : { value: read.value, reverse: true });
    },
    write: (entry) => joinWritten([value.write(entry.value), success(entry.reverse === true ? 'reverse' : '')]),
    check: (entry) => {
      const message = value.check?.(entry.value);
      return message === undefined ? [] : [{ at: '.value', message }];
    },
  };
}

/** `[all] SECONDS`. */
export const extraInterfaces: Form<ExtraInterfaces> = {
  read: (words, statement) => {
    const all = words.filter((each) => each.text === 'all');
    const [number, extra] = words.filter((each) => each.text !== 'all');
    if (number === undefined)
      return refuse(statement, `'${shorten(statement.source)}' needs a number of seconds: add one`);
    const wrong = extra ?? all[1];
    if (wrong !== undefined) return refuse(wrong, `'${shorten(wrong.text)}' is one word too many: remove it`);
    const read = day.read(number);
    if (!read.ok) return refuse(number, `'${shorten(number.text)}': ${read.message}`);
    return accept<ExtraInterfaces>(all.length > 0 ? { all: true, interval: read.value } : { interval: read.value });
  },
  write: (value) => joinWritten([success(value.all === true ? 'all' : ''), day.write(value.interval)]),
  check: (value) => {
    const message = day.check?.(value.interval);
    return message === undefined ? [] : [{ at: '.interval', message }];
  },
};

const day = integer(0, 86400);
