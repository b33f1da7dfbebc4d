import { type Command, InvalidArgumentError, Option } from 'commander';
import { runConformance } from '../../conformance/shell/main.ts';
import type { ConformanceOptions } from '../../conformance/shell/options.ts';
import { suite } from '../../conformance/suite.ts';
import { untilSignal } from '../platform/signals.ts';
import { version } from './version.ts';

type Flags = Omit<ConformanceOptions, 'implementation' | 'parallel' | 'timeout'> & {
  readonly parallel: number;
  readonly timeout?: number;
  readonly list?: boolean;
  readonly organization?: string;
  readonly project?: string;
  readonly url?: string;
  readonly implementationVersion?: string;
  readonly contact?: readonly string[];
};

/** Adds `sallyport conformance`: the EgressRoute suite against any implementation. */
export function addConformance(program: Command): void {
  const command = program
    .command('conformance')
    .description('test an implementation of EgressRoute for conformance (profile GATEWAY-EGRESS)')
    .option('--gateway-class <name>', 'the GatewayClass under test')
    .option('--kubeconfig <file>', 'instead of $KUBECONFIG or ~/.kube/config')
    .option('--context <name>', 'of the kubeconfig')
    .option('--list', 'print the tests and end');
  for (const option of [...choosing(), ...outputs(), ...surroundings(), ...implementation()]) command.addOption(option);
  command.action(async (flags: Flags) => {
    if (flags.list === true) return printTests();
    if (flags.gatewayClass === undefined)
      throw new Error('--gateway-class is missing: name the GatewayClass under test');
    using stopping = untilSignal(['SIGINT', 'SIGTERM']);
    const terminal = {
      writeError: (text: string) => process.stderr.write(text),
      writeOut: (text: string) => process.stdout.write(text),
      colours: process.stderr.isTTY === true && process.env['NO_COLOR'] === undefined,
    };
    const passed = await runConformance(optionsOf(flags), { terminal, signal: stopping.signal, version });
    if (!passed) process.exitCode = 1;
  });
}

function choosing(): readonly Option[] {
  return [
    new Option('--supported-features <names>', 'instead of those that the class says').argParser(parseList),
    new Option('--all-features', 'test all of the profile').conflicts('supportedFeatures'),
    new Option('--exempt-features <names>', 'leave these out').argParser(parseList),
    new Option('--run <name>', 'only the test of that name, or those that the regular expression finds'),
    new Option('--skip <names>', 'leave these tests out: the result is partial then').argParser(parseList),
    new Option('--parallel <n>', 'tests at a time')
      .default(8)
      .argParser(parseCount)
      .env('SALLYPORT_CONFORMANCE_PARALLEL'),
    new Option('--timeout <seconds>', 'for status and data path (default 30 to 60)').argParser(parseCount),
  ];
}

function outputs(): readonly Option[] {
  return [
    new Option('--report <file>', 'write a ConformanceReport (YAML)'),
    new Option('--junit <file>', 'write JUnit XML'),
    new Option('-o, --output <format>', 'print report and results').choices(['json']),
  ];
}

function surroundings(): readonly Option[] {
  return [
    new Option('--outside-address <addresses>', 'of the echo server outside: two IPv4 in different /25s, and IPv6')
      .argParser(parseList)
      .env(env('OUTSIDE_ADDRESS')),
    new Option(
      '--traffic-command <template>',
      'prints the source address that the outside sees (default: kubectl exec)',
    ).env(env('TRAFFIC_COMMAND')),
    new Option('--client-command <template>', 'the client for kubectl exec (default: wget and nc)').env(
      env('CLIENT_COMMAND'),
    ),
    new Option('--fault-command <template>', 'does {action} crash or heal to {node}').env(env('FAULT_COMMAND')),
    new Option('--usable-address <addresses>', 'free addresses that the class can give (default: of its pools)')
      .argParser(parseList)
      .env(env('USABLE_ADDRESS')),
    new Option('--unusable-address <address>', 'one that it cannot')
      .default('203.0.113.254')
      .env(env('UNUSABLE_ADDRESS')),
    new Option('--pod-image <image>', 'of the Pods').default('docker.io/library/busybox:1.37').env(env('POD_IMAGE')),
    new Option('--pod-command <template>', 'of the Pods').default('sleep 86400').env(env('POD_COMMAND')),
  ];
}

function implementation(): readonly Option[] {
  return [
    new Option('--organization <name>', 'in the report').env(env('ORGANIZATION')),
    new Option('--project <name>', 'in the report').env(env('PROJECT')),
    new Option('--url <url>', 'in the report').env(env('URL')),
    new Option('--implementation-version <version>', 'in the report').env(env('VERSION')),
    new Option('--contact <names>', 'in the report').argParser(parseList).env(env('CONTACT')),
  ];
}

const env = (name: string) => `SALLYPORT_CONFORMANCE_${name}`;

function optionsOf(flags: Flags): ConformanceOptions {
  const { organization, project, url, implementationVersion, contact, list: _, ...rest } = flags;
  const entries = Object.entries({ organization, project, url, version: implementationVersion, contact });
  return { ...rest, implementation: Object.fromEntries(entries.filter(([, value]) => value !== undefined)) };
}

function printTests(): void {
  for (const { name, features, description } of suite)
    process.stdout.write(`${name} (${features.join(', ')}): ${description}\n`);
}

function parseList(text: string): readonly string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function parseCount(text: string): number {
  const value = Number(text);
  if (!/^\d{1,4}$/.test(text) || value < 1) throw new InvalidArgumentError('expected a whole number from 1');
  return value;
}
