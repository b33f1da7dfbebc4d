import { InvalidArgumentError } from 'commander';

/** Seconds of a time limit; throws InvalidArgumentError. */
export function parseSeconds(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('expected seconds, for example 120');
  return value;
}
