import { readAddress } from './address.ts';
import type { Found } from './found.ts';
import type { VirtualRoute, VirtualRule } from './model-entries.ts';

/** What the options of a route say together; paths are relative to it. */
export function checkRoute(route: VirtualRoute): readonly Found[] {
  const families = checkFamily(route.family, [
    ['.to', route.to],
    ['.source', route.source],
    ['.via', route.via],
  ]);
  return route.type !== undefined && route.via !== undefined
    ? [...families, { path: '.via', message: `a ${route.type} route has no gateway` }]
    : families;
}

/** What the options of a rule say together, as keepalived 2.2.7 checks them; paths are relative to it. */
export function checkRule(rule: VirtualRule): readonly Found[] {
  const found: Found[] = [
    ...checkFamily(rule.family, [
      ['.from', rule.from],
      ['.to', rule.to],
    ]),
  ];
  const actions = (['table', 'goto', 'action', 'l3mdev'] as const).filter((field) => rule[field] !== undefined);
  if (actions.length === 0 && rule.other === undefined)
    found.push({ path: '', message: 'the rule does nothing: give a table, goto, l3mdev or an action' });
  if (actions.length > 1)
    found.push({ path: `.${actions[1]}`, message: `${actions.join(' and ')} exclude each other` });
  if (rule.priority === undefined && rule.other === undefined)
    found.push({ path: '.priority', message: 'the rule has no priority: keepalived would choose one' });
  if (rule.goto !== undefined && (rule.priority ?? -1) >= rule.goto)
    found.push({ path: '.goto', message: 'goto must lead to a greater priority' });
  if (rule.suppressPrefixLength !== undefined && rule.table === undefined && rule.l3mdev === undefined) {
    found.push({ path: '.suppressPrefixLength', message: 'suppress_prefixlength needs a table' });
  }
  return found;
}

function checkFamily(
  family: string | undefined,
  addresses: readonly (readonly [string, string | undefined])[],
): readonly Found[] {
  const read = addresses.flatMap(([path, text]) => {
    const own = text === undefined ? undefined : readAddress(text)?.family;
    return own === undefined ? [] : [{ path, own }];
  });
  const wanted = family ?? read[0]?.own;
  return read
    .filter(({ own }) => own !== wanted)
    .map(({ path }) => ({ path, message: `this is not of family ${wanted}, as the rest is` }));
}
