import {
  elementTexts,
  hookStatement,
  keyedKind,
  keyedStatements,
  type NftKeyedObject,
  ruleStatement,
} from './commands.ts';
import type { NftChain, NftTable } from './model.ts';

/** A table as a readable file for people, golden tests and `nft -c -f`; loading it into an empty kernel gives that table. */
export function renderTable(table: NftTable): string {
  const blocks = [
    ...table.counters.map((name) => block(`counter ${name}`, [])),
    ...[...table.sets, ...table.maps].map(renderKeyed),
    ...table.chains.map(renderChain),
  ];
  return [`table ${table.family} ${table.name} {`, blocks.join('\n\n'), '}', ''].join('\n');
}

function renderKeyed(object: NftKeyedObject): string {
  const texts = elementTexts(object);
  const elements = texts.length === 0 ? [] : ['elements = {', ...texts.map((text) => `  ${text},`), '}'];
  return block(`${keyedKind(object)} ${object.name}`, [...keyedStatements(object), ...elements]);
}

function renderChain(chain: NftChain): string {
  const base = chain.base === undefined ? [] : [hookStatement(chain.base)];
  return block(`chain ${chain.name}`, [...base, ...chain.rules.map(ruleStatement)]);
}

// The closing brace has a line of its own: nft 1.0.6 refuses it behind `meta pkttype set host` and `notrack`.
function block(head: string, lines: readonly string[]): string {
  return [`  ${head} {`, ...lines.map((line) => `    ${line}`), '  }'].join('\n');
}
