import type { ObservedSysctls, SysctlChange, Sysctls } from './model.ts';

/** Settings that differ, in the order wanted; white space does not count (the kernel writes tabs between words). */
export function diffSysctls(observed: ObservedSysctls, desired: Sysctls): readonly SysctlChange[] {
  return [...desired]
    .map(([key, to]) => ({ key, from: observed.get(key), to }))
    .filter(({ from, to }) => from === undefined || normalizeValue(from) !== normalizeValue(to));
}

/** A value without white space around it and with single spaces inside. */
export function normalizeValue(value: string): string {
  return value.trim().replace(/\s+/g, ' ');
}
