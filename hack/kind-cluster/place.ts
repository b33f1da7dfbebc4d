import { type ToolAnswer, type ToolOptions, tool, tryTool } from './tools.ts';

/** Where the cluster is: how its programs are reached. */
export interface Place {
  /** In the network that the API server's published port is in. */
  readonly run: (command: readonly string[], options?: ToolOptions) => Promise<string>;
  readonly tryRun: (command: readonly string[], options?: ToolOptions) => Promise<ToolAnswer>;
  readonly docker: (args: readonly string[], input?: string) => Promise<string>;
  readonly kubectl: (args: readonly string[], input?: string) => Promise<string>;
  /** A shell's text in a node. */
  readonly onNode: (node: string, script: string) => Promise<string>;
  /** For programs of ours that look for the cluster. */
  readonly env: NodeJS.ProcessEnv;
}

export interface PlaceOptions {
  /** Put before every command: enters the network namespace of a Docker daemon of our own. */
  readonly enter: readonly string[];
  readonly dockerHost?: string;
  readonly kubeconfig: string;
  readonly kubectl: string;
}

export function createPlace({ enter, dockerHost, kubeconfig, kubectl }: PlaceOptions): Place {
  const env: NodeJS.ProcessEnv = {
    KUBECONFIG: kubeconfig,
    ...(dockerHost === undefined ? {} : { DOCKER_HOST: dockerHost }),
  };
  const run: Place['run'] = (command, options) =>
    tool([...enter, ...command], { ...options, env: { ...env, ...options?.env } });
  const docker: Place['docker'] = (args, input) => run(['docker', ...args], input === undefined ? {} : { input });
  return {
    ...{ run, docker, env },
    tryRun: (command, options) => tryTool([...enter, ...command], { ...options, env: { ...env, ...options?.env } }),
    kubectl: (args, input) => run([kubectl, ...args], input === undefined ? {} : { input }),
    onNode: (node, script) => docker(['exec', '-i', node, 'bash', '-euo', 'pipefail', '-s'], script),
  };
}
