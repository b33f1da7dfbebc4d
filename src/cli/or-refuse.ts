import { InvalidArgumentError } from 'commander';

/** A parser of an option's words that refuses what it cannot read: "expected …". */
export function orRefuse<T>(parse: (text: string) => T | undefined, what: string): (text: string) => T {
  return (text) => {
    const value = parse(text);
    if (value === undefined) throw new InvalidArgumentError(`expected ${what}`);
    return value;
  };
}
