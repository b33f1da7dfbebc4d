/** What the failover process says of itself, in the file `state`. */
export interface FailoverState {
  /** Whether keepalived runs. */
  readonly running: boolean;
  /** Names of next hops that are dead: keepalived owns no failover group behind them. */
  readonly dead: readonly string[];
}

/** Text of `state`: `running` or `stopped`, then a line `dead HOP` for each. */
export function renderFailoverState({ running, dead }: FailoverState): string {
  return [running ? 'running' : 'stopped', ...dead.toSorted().map((hop) => `dead ${hop}`), ''].join('\n');
}

/** Parses `state`; no file and anything strange mean that nothing runs. */
export function parseFailoverState(text: string | undefined): FailoverState {
  const [first, ...rest] = (text ?? '').split('\n');
  const dead = rest.flatMap((line) => /^dead (\S+)$/.exec(line)?.[1] ?? []);
  return { running: first === 'running', dead };
}
