import { spawnSync } from 'node:child_process';

/** Why tests of a shell are not run here, for their title; undefined where it is installed. */
export function lackOf(shell: string): string | undefined {
  return spawnSync(shell, ['--version']).status === 0
    ? undefined
    : `not run: ${shell} is not installed, hack/setup tests installs it`;
}
