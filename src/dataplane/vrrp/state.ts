/** What the failover process says of itself, in the file `state`. */
export interface FailoverState {
  /** Whether keepalived runs. */
  readonly running: boolean;
  /** Devices whose next hop is dead: keepalived owns no failover group there. */
  readonly dead: readonly string[];
}

/** Text of `state`: `running` or `stopped`, then a line `dead DEVICE` for each. */
export function renderFailoverState({ running, dead }: FailoverState): string {
  return [running ? 'running' : 'stopped', ...dead.toSorted().map((device) => `dead ${device}`), ''].join('\n');
}

/** Parses `state`; no file and anything strange mean that nothing runs. */
export function parseFailoverState(text: string | undefined): FailoverState {
  const [first, ...rest] = (text ?? '').split('\n');
  const dead = rest.flatMap((line) => /^dead (\S+)$/.exec(line)?.[1] ?? []);
  return { running: first === 'running', dead };
}
