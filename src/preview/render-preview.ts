import type { FlowChange, PodChange } from './compare-pods.ts';
import { isEmpty, type Preview } from './preview.ts';
import type { Verdict } from './verdicts.ts';

const mostNames = 3;

/** A preview as lines for a person: what is applied, what it does to addresses, Pods and connections, and what the controller will say. */
export function renderPreview(preview: Preview): string {
  if (isEmpty(preview)) return 'nothing changes\n';
  const { objects, gateways, pods, said, unsaid } = preview;
  const blocks = [
    objects.map(({ object, effect }) => `${object}: ${effect}`),
    block(
      'addresses',
      gateways.map(({ gateway, before, after }) => `Gateway ${gateway}: ${list(before)} → ${list(after)}`),
    ),
    block('Pods', pods.length === 0 ? ['none leaves in another way than before'] : pods.flatMap(podLines)),
    block('will be said', said.map(verdictLine)),
    block('will no longer be said', unsaid.map(verdictLine)),
  ];
  return `${blocks
    .filter(({ length }) => length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function block(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`${title}:`, ...lines.map((line) => `  ${line}`)];
}

const list = (addresses: readonly string[]): string => (addresses.length === 0 ? 'none' : addresses.join(', '));

function podLines({ namespace, pods, changes }: PodChange): readonly string[] {
  const shown = pods.slice(0, mostNames).join(', ');
  const more = pods.length > mostNames ? ` and ${pods.length - mostNames} more` : '';
  return [`${namespace}: ${shown}${more}`, ...changes.map((change) => `  ${flowLine(change)}`)];
}

const fates: Readonly<Record<FlowChange['established'], string>> = {
  end: '; established connections are cut',
  stay: '; established connections go on as they were',
  none: '',
};

function flowLine({ destinations, ports, except = [], before, after, established }: FlowChange): string {
  const shown = destinations.slice(0, mostNames).join(', ');
  const more = destinations.length > mostNames ? ` and ${destinations.length - mostNames} more ranges` : '';
  const which = ports ?? (except.length === 0 ? '' : `but ${except.join(', ')}`);
  return `${shown}${more}${which === '' ? '' : ` ${which}`}: ${before} → ${after}${fates[established]}`;
}

function verdictLine({ object, condition, message }: Verdict): string {
  return `${object}: ${condition}: ${message}`;
}
