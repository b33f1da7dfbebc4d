import { canonicalIp } from '../../src/net/ip.ts';
import type { Runner, RunResult } from '../../src/platform/exec.ts';
import type { Faults, Question, Traffic } from '../lib/world.ts';

/** A program and its arguments, with {placeholders} in any of them; never goes through a shell. */
export type CommandTemplate = readonly [string, ...(readonly string[])];

/** Reads a template: words between spaces, or a JSON array of strings where an argument has spaces of its own. */
export function parseTemplate(text: string): CommandTemplate {
  const words: unknown = text.trimStart().startsWith('[') ? JSON.parse(text) : text.split(' ').filter((word) => word);
  if (!Array.isArray(words) || !words.every((word) => typeof word === 'string'))
    throw new RangeError(`${text}: expected words, or a JSON array of strings`);
  const [program, ...args] = words as readonly string[];
  if (program === undefined || program === '') throw new RangeError('the command is empty');
  return [program, ...args];
}

/** The template's program and arguments with every {name} replaced; other braces stay. */
export function fillTemplate(
  [program, ...args]: CommandTemplate,
  values: Readonly<Record<string, string>>,
): CommandTemplate {
  const fill = (word: string) => word.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
  return [fill(program), ...args.map(fill)];
}

/**
 * A client inside the Pod for clusters that say nothing else: wget for TCP (an HTTP page with the source address), nc for UDP.
 * It says "blocked" itself, so that a failed `kubectl exec` is never taken for silence.
 */
export const defaultClient: CommandTemplate = [
  'sh',
  '-c',
  `case "$3" in
UDP) answer=$(echo whoami | timeout 3 nc -u -w 2 "$1" "$2" 2> /dev/null) ;;
*) case "$1" in *:*) host="[$1]" ;; *) host=$1 ;; esac
   answer=$(wget -q -O - -T 3 "http://$host:$2/" 2> /dev/null) ;;
esac
echo "\${answer:-blocked}"`,
  'ask',
  '{to}',
  '{port}',
  '{protocol}',
];

/** `kubectl exec` of a client in the Pod. */
export function execTemplate(kubectl: readonly string[], client: CommandTemplate): CommandTemplate {
  return ['kubectl', ...kubectl, 'exec', '-n', '{namespace}', '{pod}', '--', ...client];
}

/** Traffic by a command whose output begins with the source address, or is empty or "blocked" (exit status 0 or 1). */
export function createTraffic(
  runner: Runner,
  options: { readonly template: CommandTemplate; readonly outside: Traffic['outside']; readonly signal: AbortSignal },
): Traffic {
  return {
    outside: options.outside,
    ask: async ({ pod, to, port, protocol }: Question) => {
      const values = { namespace: pod.namespace, pod: pod.name, to, port: `${port}`, protocol };
      const [program, ...args] = fillTemplate(options.template, values);
      const result = await runner.run(program, args, {
        timeoutMs: 20_000,
        signal: options.signal,
        acceptExitCodes: [0, 1],
      });
      return parseAnswer(result, [program, ...args]);
    },
  };
}

// Silence is an answer only where the command says that it is one: `kubectl exec` that fails ends with 1, too.
function parseAnswer({ stdout, stderr, exitCode }: RunResult, command: readonly string[]): string | undefined {
  const [word = ''] = stdout.trim().split(/\s+/);
  if (word === 'blocked' || (word === '' && exitCode === 0)) return undefined;
  const address = exitCode === 0 ? canonicalIp(word) : undefined;
  if (address !== undefined) return address;
  const output = `${stdout.trim()} ${stderr.trim()}`.trim().slice(0, 300);
  throw new Error(`${command.join(' ')}: ended with ${exitCode}: ${output}: expected an address or "blocked"`);
}

/** Faults by a command with {action} (crash, heal) and {node}. */
export function createFaults(runner: Runner, template: CommandTemplate): Faults {
  const act = async (action: string, node: string) => {
    const [program, ...args] = fillTemplate(template, { action, node });
    await runner.run(program, args, { timeoutMs: 60_000 });
  };
  return { crash: (node) => act('crash', node), heal: (node) => act('heal', node) };
}
