import { type Command, Option } from 'commander';
import { type KubeClient, type KubeExec, loadClient } from '../kube/client.ts';
import { version } from './version.ts';

/** What every command that asks a cluster takes, named as kubectl names it. */
export interface KubeFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
}

/** Adds --kubeconfig, --context and, where there are formats, --output. */
export function addKubeFlags(command: Command, formats: readonly string[]): Command {
  command
    .option('--kubeconfig <file>', 'instead of $KUBECONFIG or ~/.kube/config')
    .option('--context <name>', 'of the kubeconfig');
  return formats.length === 0
    ? command
    : command.addOption(new Option('-o, --output <format>', 'print the result').choices(formats));
}

/** The API server that the flags name; rejects when there is no usable configuration, but does not connect. */
export function openCluster(command: string, flags: KubeFlags): Promise<KubeClient & KubeExec & AsyncDisposable> {
  return loadClient({
    userAgent: `sallyport-${command}/${version}`,
    kubeconfig: flags.kubeconfig,
    context: flags.context,
  });
}
