import { type Command, Option } from 'commander';
import { stringify } from 'yaml';
import type { Snapshot } from '../compile/snapshot.ts';
import { type Explanation, explain } from '../explain/explain.ts';
import type { Protocol, Question } from '../explain/question.ts';
import { renderExplanation, renderWhyNot } from '../explain/render-explanation.ts';
import { type WhyNot, whyNot } from '../explain/why-not.ts';
import { parseObjectName, parsePort, parseProtocol } from '../inspect/parse-question.ts';
import { readCluster, readPod } from '../inspect/read-cluster.ts';
import { formatIp, type Ip, parseIp } from '../net/ip.ts';
import { systemClock } from '../platform/clock.ts';
import { resolveHost } from '../platform/resolve.ts';
import { untilSignal } from '../platform/signals.ts';
import { addKubeFlags, type KubeFlags, openCluster } from './kube-flags.ts';
import { orRefuse } from './or-refuse.ts';
import { parseSeconds } from './seconds.ts';
import { renderTraced, type TraceFlags, traceQuestion } from './trace.ts';

interface Flags extends KubeFlags, TraceFlags {
  readonly to: string;
  readonly port?: number;
  readonly protocol: Protocol;
  readonly namespace: string;
  readonly whyNot?: string;
  readonly trace?: boolean;
  readonly output?: 'json' | 'yaml';
}

/** Adds `sallyport explain POD --to ADDRESS`. */
export function addExplain(program: Command): void {
  const command = program
    .command('explain <pod>')
    .description(
      'what becomes of a packet of a Pod (NAMESPACE/NAME), and why: rules, precedence, Gateway, source address',
    )
    .requiredOption('--to <host>', 'destination: an address, or a host name as this machine resolves it')
    .option('--port <number>', 'of the destination', orRefuse(parsePort, 'a port from 1 to 65535'))
    .option('--protocol <name>', 'TCP, UDP, SCTP or ICMP', orRefuse(parseProtocol, 'TCP, UDP, SCTP or ICMP'), 'TCP')
    .option('-n, --namespace <name>', 'of a Pod or route that is named without', 'default')
    .option(
      '--why-not <route>',
      'what would have to be otherwise for this route to decide; /NAME for a ClusterEgressRoute',
    )
    .addOption(
      new Option(
        '--trace',
        'follow the next such packet through the nodes and compare; status 1 when it does otherwise (needs pods/exec where Sallyport runs)',
      ).conflicts('whyNot'),
    )
    .addOption(
      new Option('--timeout <seconds>', 'with --trace: how long to wait for a packet')
        .default(30)
        .argParser(parseSeconds),
    )
    .option('--system-namespace <name>', 'with --trace: where Sallyport runs', 'sallyport-system');
  addKubeFlags(command, ['json', 'yaml']).action(async (pod: string, flags: Flags) => {
    using stopping = untilSignal(['SIGINT', 'SIGTERM']);
    const { signal } = stopping;
    await using client = await openCluster('explain', flags);
    const at = parseObjectName(pod, flags.namespace);
    if (at === undefined) throw new Error(`"${pod}" names no Pod: give NAMESPACE/NAME`);
    const destinations = await destinationsOf(flags.to);
    const [snapshot, found] = await Promise.all([
      readCluster(client, systemClock.now(), signal),
      readPod(client, at, signal),
    ]);
    if (found === undefined)
      throw new Error(`there is no Pod ${at.namespace}/${at.name}: kubectl get pods -n ${at.namespace} lists them`);
    const namespace = snapshot.namespaces.find(({ metadata }) => metadata.name === at.namespace);
    if (namespace === undefined) throw new Error(`namespace ${at.namespace} is gone`);
    const { protocol, port } = flags;
    const questions = destinations.map((destination): Question => {
      return { pod: found, namespace, destination, protocol, ...(port === undefined ? {} : { port }) };
    });
    if (flags.trace === true) {
      const traced = await traceQuestion(theOnly(questions, flags.to), { snapshot, client, flags, signal });
      process.stdout.write(flags.output === undefined ? renderTraced(traced) : renderValue(traced, flags.output));
      if (!traced.trace.asPredicted) process.exitCode = 1;
      return;
    }
    const answers = questions.map((question) => answer(snapshot, question, flags));
    process.stdout.write(render(answers, flags.output));
  });
}

type Answer =
  | { readonly kind: 'explanation'; readonly value: Explanation }
  | { readonly kind: 'why-not'; readonly value: WhyNot };

function answer(snapshot: Snapshot, question: Question, flags: Flags): Answer {
  if (flags.whyNot === undefined) return { kind: 'explanation', value: explain(snapshot, question) };
  const value = whyNot(snapshot, question, routeName(flags.whyNot, flags.namespace));
  if (value === undefined)
    throw new Error(
      `there is no route ${flags.whyNot}: name an EgressRoute as NAMESPACE/NAME, a ClusterEgressRoute as /NAME`,
    );
  return { kind: 'why-not', value };
}

function theOnly(questions: readonly Question[], host: string): Question {
  const [question, ...more] = questions;
  if (question !== undefined && more.length === 0) return question;
  const addresses = questions.map(({ destination }) => formatIp(destination)).join(', ');
  throw new Error(
    `${host} has ${questions.length} addresses, and --trace follows packets to one: give it (${addresses})`,
  );
}

function render(answers: readonly Answer[], output: Flags['output']): string {
  const values = answers.map(({ value }) => value);
  const value = values.length === 1 ? values[0] : values;
  if (output !== undefined) return renderValue(value, output);
  return answers
    .map((answer) => (answer.kind === 'explanation' ? renderExplanation(answer.value) : renderWhyNot(answer.value)))
    .join('\n');
}

const renderValue = (value: unknown, output: 'json' | 'yaml'): string =>
  output === 'json' ? `${JSON.stringify(value, undefined, 2)}\n` : stringify(value);

async function destinationsOf(text: string): Promise<readonly Ip[]> {
  const own = parseIp(text);
  if (own !== undefined) return [own];
  return (await resolveHost(text)).flatMap((address) => parseIp(address) ?? []);
}

function routeName(text: string, namespace: string): { readonly namespace?: string; readonly name: string } {
  if (text.startsWith('/')) return { name: text.slice(1) };
  const named = parseObjectName(text, namespace);
  if (named === undefined)
    throw new Error(`"${text}" names no route: give NAMESPACE/NAME, or /NAME for a ClusterEgressRoute`);
  return named;
}
