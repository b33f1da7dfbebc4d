/** What the failover process says of itself, in the file `state`. */
export interface FailoverState {
  /** Whether keepalived runs. */
  readonly running: boolean;
  /** Names of next hops that are dead: keepalived owns no failover group behind them. */
  readonly dead: readonly string[];
  /**
   * By failover group whose flows it replicates, and forgets itself: how far that is; a group that is missing is about to begin.
   * Absent: a process of before, which neither says so nor need replicate anything.
   */
  readonly flows?: ReadonlyMap<number, FlowsHeld>;
}

/**
 * Whether this node holds the flows of a group: Synced: all of them, its owner's as copies; Syncing: not all of them yet; None: its
 * conntrackd cannot run.
 */
export type FlowsHeld = 'Synced' | 'Syncing' | 'None';

/** Text of `state`: `running` or `stopped`, a line `dead HOP` for each, `replicates`, and a line `flows GROUP HELD` for each. */
export function renderFailoverState({ running, dead, flows }: FailoverState): string {
  const held = [...(flows ?? [])].toSorted(([a], [b]) => a - b).map(([group, each]) => `flows ${group} ${each}`);
  const replicates = flows === undefined ? [] : ['replicates', ...held];
  return [running ? 'running' : 'stopped', ...dead.toSorted().map((hop) => `dead ${hop}`), ...replicates, ''].join(
    '\n',
  );
}

/** Parses `state`; no file and anything strange mean that nothing runs; lines of a newer process that mean nothing here are left out. */
export function parseFailoverState(text: string | undefined): FailoverState {
  const [first, ...rest] = (text ?? '').split('\n');
  const dead = rest.flatMap((line) => /^dead (\S+)$/.exec(line)?.[1] ?? []);
  const running = first === 'running';
  return rest.includes('replicates') ? { running, dead, flows: new Map(rest.flatMap(flowsLine)) } : { running, dead };
}

function flowsLine(line: string): readonly (readonly [number, FlowsHeld])[] {
  const [, group, word] = /^flows ([1-9]|1[0-4]) (\S+)$/.exec(line) ?? [];
  const held = heldWords.find((each) => each === word);
  return group === undefined || held === undefined ? [] : [[Number(group), held]];
}

const heldWords = ['Synced', 'Syncing', 'None'] as const;
