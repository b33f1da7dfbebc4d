import { isMulticast, readAddress } from './address.ts';
import { maxInterfaceName } from './limits.ts';
import { failure, type Result, success, type Word } from './source.ts';

/** One word of a line and the value it stands for. `write` gives the word as it must stand in the file. */
export interface Codec<T> {
  read(word: Word): Result<T>;
  write(value: T): Result<string>;
  /** What is wrong with a value that can be written but that keepalived would refuse or change. */
  check?(value: T): string | undefined;
}

// White space of any kind, control characters, everything with a meaning of its own for one of keepalived's splitters,
// and `$`, which begins a parameter.
const unsafeInWord = /[\s\p{Cc}"'\\{}#!$]/u;
const unsafeInText = /[\p{Cc}"\\]|\$[A-Za-z_{]/u;

/** Why a text cannot stand as an unquoted word; undefined when it can. */
export function findWordProblem(text: unknown): string | undefined {
  if (typeof text !== 'string') return 'it is not a string';
  if (text === '') return 'it is empty';
  if (!text.isWellFormed()) return 'it is not well-formed Unicode';
  const found = unsafeInWord.exec(text);
  if (found !== null) return `it contains ${JSON.stringify(found[0])}, which would end or change the word`;
  return /^[@~]/.test(text)
    ? "it begins with '@' or '~', which keepalived takes for a condition or a sequence"
    : undefined;
}

/** A name, path or other text without white space and without any character that keepalived gives a meaning. */
export const word: Codec<string> = {
  read: (found) => {
    const problem = findWordProblem(found.text);
    return problem === undefined ? success(found.text) : failure(`${problem}: write a plain word`);
  },
  write: (value) => {
    const problem = findWordProblem(value);
    return problem === undefined ? success(value) : failure(problem);
  },
};

/** A text that may contain spaces and is then written in double quotes: no control characters, quotes, `\` or `$`. */
export const text: Codec<string> = {
  read: (found) => {
    const problem = findTextProblem(found.text);
    return problem === undefined ? success(found.text) : failure(`${problem}: leave it out`);
  },
  write: (value) => {
    const problem = findTextProblem(value);
    if (problem !== undefined) return failure(problem);
    return success(findWordProblem(value) === undefined ? value : `"${value}"`);
  },
};

/** Why a text cannot stand between double quotes; undefined when it can. */
export function findTextProblem(value: unknown): string | undefined {
  if (typeof value !== 'string') return 'it is not a string';
  if (value === '') return 'it is empty';
  if (!value.isWellFormed()) return 'it is not well-formed Unicode';
  // keepalived compares words with braces after it has removed the quotes.
  if (value === '{' || value === '}') return 'it is a single brace, which keepalived takes for a block even in quotes';
  const found = unsafeInText.exec(value);
  return found === null ? undefined : `it contains ${JSON.stringify(found[0])}, which would end or change the text`;
}

/** A whole number within a range that only `check` enforces; keepalived reads decimal digits. */
export function integer(min: number, max: number): Codec<number> {
  return numberCodec(/^[+-]?\d{1,16}$/, (value) => checkRange(value, min, max));
}

/** A whole number that keepalived reads as C does: decimal, 0x hexadecimal or octal with a leading 0. Written decimal. */
export function cInteger(min: number, max: number): Codec<number> {
  return { ...integer(min, max), read: (found) => readCInteger(found.text) };
}

/** Read a number as strtoul with base 0 does. */
export function readCInteger(digits: string): Result<number> {
  if (/^(0|[1-9]\d{0,15})$/.test(digits) || /^0[xX][0-9A-Fa-f]{1,13}$/.test(digits)) return success(Number(digits));
  if (/^0[0-7]{1,15}$/.test(digits)) return success(Number.parseInt(digits, 8));
  return failure('it is not a whole number: write digits');
}

/** Seconds with at most six decimals (keepalived's timers count microseconds). */
export function seconds(min: number, max: number): Codec<number> {
  return {
    read: (found) => {
      if (!/^\d{0,10}(\.\d{0,6})?$/.test(found.text) || !/\d/.test(found.text)) {
        return failure('it is not a number of seconds with at most six decimals: write for example 0.25');
      }
      return success(Number(found.text));
    },
    write: (value) => {
      if (typeof value !== 'number' || !Number.isFinite(value) || value < 0 || value >= 1e10)
        return failure('it is not a number of seconds');
      const digits = trimZeros(value.toFixed(6));
      return Number(digits) === value ? success(digits) : failure(`${value} has more than six decimals`);
    },
    check: (value) => checkRange(value, min, max),
  };
}

function trimZeros(digits: string): string {
  return digits.replace(/\.?0+$/, '');
}

function numberCodec(pattern: RegExp, check: (value: number) => string | undefined): Codec<number> {
  return {
    read: (found) => {
      const value = Number(found.text) + 0;
      return pattern.test(found.text) && Number.isSafeInteger(value)
        ? success(value)
        : failure('it is not a whole number: write digits');
    },
    write: (value) =>
      Number.isSafeInteger(value) ? success(String(value)) : failure(`${value} is not a whole number`),
    check,
  };
}

function checkRange(value: number, min: number, max: number): string | undefined {
  return value >= min && value <= max ? undefined : `${value} is outside ${min}..${max}`;
}

/** Keepalived's BOOL: read on, true, yes, off, false, no; written on or off. */
export const boolean: Codec<boolean> = {
  read: (found) => {
    if (['on', 'true', 'yes'].includes(found.text)) return success(true);
    return ['off', 'false', 'no'].includes(found.text)
      ? success(false)
      : failure("it is not a truth value: write 'on' or 'off'");
  },
  write: (value) => (typeof value === 'boolean' ? success(value ? 'on' : 'off') : failure('it is not a boolean')),
};

/** One of a few words. */
export function oneOf<const T extends string>(...choices: readonly T[]): Codec<T> {
  const list = choices.join(', ');
  return {
    read: (found) => {
      const choice = choices.find((each) => each === found.text);
      return choice === undefined ? failure(`it is none of ${list}: write one of them`) : success(choice);
    },
    write: (value) => (choices.includes(value) ? success(value) : failure(`it is none of ${list}`)),
  };
}

/** 2 or 3, the versions of VRRP. */
export const version: Codec<2 | 3> = {
  read: (found) =>
    found.text === '2'
      ? success(2)
      : found.text === '3'
        ? success(3)
        : failure('it is not a version of VRRP: write 2 or 3'),
  write: (value) => (value === 2 || value === 3 ? success(String(value)) : failure('it is neither 2 nor 3')),
};

/** A word with a further condition that `check` reports. */
export function checkedWord(check: (value: string) => string | undefined): Codec<string> {
  return { ...word, check };
}

/** A network interface name of Linux: at most 15 bytes, no '/' and no ':'. */
export const interfaceName = checkedWord((value) =>
  /^[^/:]+$/.test(value) && value.length <= maxInterfaceName && value !== '.' && value !== '..'
    ? undefined
    : `'${value}' is not an interface name of Linux (at most ${maxInterfaceName} characters, no '/' or ':')`,
);

/** An address without prefix length. */
export const address = checkedWord((value) =>
  readAddress(value)?.prefixLength === undefined && readAddress(value) ? undefined : `'${value}' is not an IP address`,
);

/** An address, or an address/prefix length. */
export const prefix = checkedWord((value) =>
  readAddress(value) === undefined ? `'${value}' is not an IP address or prefix` : undefined,
);

/** A prefix, or `default`. */
export const destination = checkedWord((value) =>
  value === 'default' || readAddress(value) !== undefined
    ? undefined
    : `'${value}' is not an IP address, prefix or 'default'`,
);

/** A multicast address, of link-local scope if IPv6. */
export const multicast = checkedWord((value) => {
  const read = readAddress(value);
  return read !== undefined && read.prefixLength === undefined && isMulticast(read)
    ? undefined
    : `'${value}' is not a (link-local) multicast address`;
});
