/**
 * The comment that marks a rule as ours and names its text: `sp:` and 8 hex digits (32-bit FNV-1a of the UTF-16 text).
 * Not a defence, only a name: two texts in one place collide once in 4 billion edits.
 */
export function ruleDigest(rule: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < rule.length; i += 1) {
    hash = Math.imul(hash ^ rule.charCodeAt(i), 0x01000193);
  }
  return `sp:${(hash >>> 0).toString(16).padStart(8, '0')}`;
}

/** Whether a comment in the kernel is one of ours. */
export function isRuleDigest(comment: string): boolean {
  return /^sp:[0-9a-f]{8}$/.test(comment);
}
