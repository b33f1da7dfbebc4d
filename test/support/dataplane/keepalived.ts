import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { failoverFiles } from '../../../src/dataplane/vrrp/files.ts';
import { renderKeepalived } from '../../../src/dataplane/vrrp/render.ts';
import { startProcess, type TestProcess } from '../child-process.ts';
import type { TestNode } from './places.ts';
import type { ClusterState, NodeAgent } from './program.ts';

/** The real keepalived of a candidate, with the product's configuration. */
export interface TestKeepalived {
  readonly process: TestProcess;
  /** Writes the configuration of the state and has it read. */
  reload(state: ClusterState): void;
  /** Its transitions since the start, as BACKUP, MASTER or FAULT. */
  transitions(): readonly string[];
}

/** Starts it in the node's namespace, in a fresh folder: keepalived takes an old pid file for a running daemon. */
export function startKeepalived(node: TestNode, agent: NodeAgent, state: ClusterState): TestKeepalived {
  const folder = mkdtempSync(join(tmpdir(), `${node.name}-`));
  const path = (name: string) => join(folder, name);
  const write = (wanted: ClusterState) =>
    writeFileSync(path('keepalived.conf'), renderKeepalived(agent.select(wanted).plan, 'eth0', folder) ?? '', {
      mode: 0o600,
    });
  mkdirSync(failoverFiles(folder).verdicts, { recursive: true });
  write(state);
  const files = ['-f', path('keepalived.conf'), '-p', path('parent.pid'), '-r', path('vrrp.pid')];
  const argv = ['nsenter', `--net=/run/netns/${node.name}`, 'keepalived', '--vrrp', '-n', '-l', '-D', ...files];
  const process = startProcess(argv, path('log'));
  return {
    process,
    reload: (wanted) => {
      write(wanted);
      process.signal('SIGHUP');
    },
    transitions: () =>
      [...readFileSync(path('log'), 'utf8').matchAll(/Entering (\w+) STATE/g)].map(([, name = '']) => name),
  };
}
