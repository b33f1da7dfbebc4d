import { effectiveValue, type ObservedSysctls, overridingKey, type SysctlChange, type SysctlValues } from './model.ts';

/** Everything that must be read to compare: the wanted keys, and those of `all` that count for a device, too. */
export function keysToRead(desired: SysctlValues): readonly string[] {
  const overriding = [...desired.keys()].map(overridingKey).filter((key) => key !== undefined);
  return [...new Set([...desired.keys(), ...overriding])];
}

/** Settings whose effect is not the one wanted, in the order wanted; white space does not count (the kernel writes tabs). */
export function diffSysctls(observed: ObservedSysctls, desired: SysctlValues): readonly SysctlChange[] {
  return [...desired].flatMap(([key, to]) => {
    const from = observed.get(key);
    const wanted = normalizeValue(to);
    // Own value right and effect wrong: `all` is greater, and not ours to lower.
    const isRight = normalizeValue(from ?? '') === wanted || effectiveValue(observed, key) === wanted;
    return from !== undefined && isRight ? [] : [{ key, from, to }];
  });
}

/** A value without white space around it and with single spaces inside. */
export function normalizeValue(value: string): string {
  return value.trim().replace(/\s+/g, ' ');
}
