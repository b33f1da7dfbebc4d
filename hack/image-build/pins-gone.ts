import type { LockedPackage } from './debian-lock.ts';

/** A pinned package that the mirrors have in other versions only. */
export interface GonePin {
  readonly name: string;
  readonly pinned: string;
  readonly offered: readonly string[];
}

/** Mirrors keep the newest versions of a suite: another lock is needed, or an archive of all versions. */
export class PinsGone extends Error {
  /** yyyy-mm-dd, of the lock. */
  readonly date: string;

  constructor(gone: readonly GonePin[], date: string) {
    const list = gone.map(({ name, pinned, offered }) => `${name} ${pinned} (now ${offered.join(', ')})`);
    super(`the mirrors no longer have what was pinned on ${date}: ${list.join('; ')}`);
    this.name = 'PinsGone';
    this.date = date;
  }
}

/**
 * Pure: what of these packages is to be had in other versions only; `madison` is what `apt-cache madison` printed about them. What it does
 * not know at all is not gone: no list of a mirror could be read.
 */
export function findGone(wanted: readonly LockedPackage[], madison: string): readonly GonePin[] {
  const lines = madison.split('\n').map((line) => line.split('|').map((part) => part.trim()));
  return wanted.flatMap(({ name, version }) => {
    const offered = [...new Set(lines.flatMap(([owner, each = '']) => (owner === name ? [each] : [])))];
    return offered.length === 0 || offered.includes(version) ? [] : [{ name, pinned: version, offered }];
  });
}
