import { describe, expect, it } from 'vitest';
import { createPodLinks, type HostLink } from '../../../src/agent/pod-links.ts';
import type { Holder } from '../../../src/cri/book.ts';
import { silentLog } from '../../support/silent-log.ts';

function start() {
  const steps: string[] = [];
  const kernel = new Map<string, Set<string>>();
  const links = new Map<string, HostLink>([
    ['cni0', { index: 3, isPort: false }],
    ['veth1', { index: 11, isPort: true }],
    ['cali1', { index: 21, isPort: false }],
  ]);
  let fails = false;
  let whileWriting = () => {};
  let hasBridge = true;
  let heldFails = false;
  let owners: ReadonlyMap<string, string> | undefined;
  let holders: ReadonlyMap<string, Holder> = new Map();
  const podLinks = createPodLinks({
    holders: () => holders,
    hasBridge: () => hasBridge,
    fromApi: () => owners,
    held: async () => {
      if (heldFails) throw new Error('no nft');
    },
    nft: {
      commit: async ({ text }) => {
        if (fails) throw new Error('no table');
        whileWriting();
        steps.push(text);
        for (const line of text.trim().split('\n')) change(kernel, line);
      },
    },
    readLink: async (name) => links.get(name),
    confirm: async (ids) => void steps.push(`confirm ${ids.join()}`),
    log: silentLog,
  });
  /** The runtime is lost, and this is what the API says; undefined: it is back. */
  const lose = (byApi: typeof owners) => {
    owners = byApi;
    return bind(byApi === undefined ? holders : new Map());
  };
  const failHeld = (yes: boolean) => {
    heldFails = yes;
  };
  const loseBridge = () => {
    hasBridge = false;
  };
  const fail = (yes: boolean) => {
    fails = yes;
  };
  const bind = (now: typeof holders) => {
    holders = now;
    return podLinks.bind();
  };
  /** Calls this in the middle of each transaction to come. */
  const meanwhile = (work: () => void) => {
    whileWriting = work;
  };
  /** Elements by set, of sets that have some. */
  const bound = () =>
    Object.fromEntries([...kernel].filter(([, own]) => own.size > 0).map(([set, own]) => [set, [...own]]));
  return { podLinks, bind, links, steps, bound, meanwhile, fail, loseBridge, lose, failHeld };
}

/** As nft does: what is not there cannot be deleted. */
function change(kernel: Map<string, Set<string>>, line: string): void {
  const [, verb, set = '', list = ''] =
    /^(flush set|add element|delete element) (\S+ \S+ \S+)(?: \{ (.*) \})?$/.exec(line) ?? [];
  const own = kernel.get(set) ?? new Set();
  kernel.set(set, own);
  if (verb === 'flush set') own.clear();
  else
    for (const element of list.split(', ')) {
      if (verb === 'add element') own.add(element);
      else if (verb !== 'delete element' || !own.delete(element)) throw new Error(`refused: ${line}`);
    }
}

const holder = (id: string, ...links: string[]) => ({ id, uid: `pod-${id}`, links });

describe('the links that addresses are bound to', () => {
  it('are bridge ports in the table of bridges, others in ours, and none where nothing is known', async () => {
    const { bind, steps } = start();
    await bind(
      new Map([
        ['10.0.0.1', holder('a', 'cni0', 'veth1')],
        ['fd00::1', holder('a', 'cni0', 'veth1')],
        ['10.0.0.2', holder('b', 'cali1')],
        ['10.0.0.3', holder('c', 'gone')],
        ['10.0.0.4', holder('d')],
      ]),
    );
    const [text = '', asked] = steps;
    expect(text.split('\n').filter((line) => line.startsWith('add'))).toEqual([
      'add element inet sallyport bound4 { 10.0.0.2 }',
      'add element inet sallyport link4 { 10.0.0.2 . 21 }',
      'add element bridge sallyport bound4 { 10.0.0.1 }',
      'add element bridge sallyport link4 { 10.0.0.1 . 11 }',
      'add element bridge sallyport bound6 { fd00::1 }',
      'add element bridge sallyport link6 { fd00::1 . 11 }',
    ]);
    expect(asked).toBe('confirm a,b,c,d');
  });

  it('where the kernel knows no tables of bridges bind nothing to a port, and go on with the others', async () => {
    const { podLinks, bind, steps, loseBridge } = start();
    loseBridge();
    await bind(
      new Map([
        ['10.0.0.1', holder('a', 'cni0', 'veth1')],
        ['10.0.0.2', holder('b', 'cali1')],
      ]),
    );
    expect(steps[0]).not.toContain('bridge');
    expect(steps[0]).toContain('add element inet sallyport link4 { 10.0.0.2 . 21 }');
    expect(steps[0]).not.toContain('10.0.0.1');
    expect(podLinks.isKnown()).toBe(true);
  });

  it('stay when the sandbox ends, and change with the next one alone', async () => {
    const { bind, links, steps } = start();
    await bind(new Map([['10.0.0.1', holder('a', 'veth1')]]));
    await bind(new Map());
    expect(steps).toHaveLength(2);
    links.set('veth1', { index: 12, isPort: true });
    await bind(new Map([['10.0.0.1', holder('b', 'veth1')]]));
    expect(steps.slice(2)).toEqual([
      'delete element bridge sallyport link4 { 10.0.0.1 . 11 }\nadd element bridge sallyport link4 { 10.0.0.1 . 12 }\n',
      'confirm b',
    ]);
  });

  it('of one more address change nothing of the others, which protect meanwhile', async () => {
    const { podLinks, bind, links, steps, meanwhile } = start();
    const one = new Map([['10.0.0.1', holder('a', 'veth1')]]);
    await bind(one);
    links.set('veth2', { index: 12, isPort: true });
    const known: boolean[] = [];
    meanwhile(() => known.push(podLinks.isKnown()));
    await bind(new Map([...one, ['10.0.0.2', holder('b', 'veth2')]]));
    // A round that sees false does not wait until the new one is bound.
    expect(known).toEqual([true]);
    expect(steps[2]).not.toContain('10.0.0.1');
    expect(steps[2]).toContain('add element bridge sallyport link4 { 10.0.0.2 . 12 }');
  });

  it('are written whole when the sets may have been emptied while they were written', async () => {
    const { podLinks, bind, steps, meanwhile } = start();
    meanwhile(() => podLinks.forget());
    await bind(new Map([['10.0.0.1', holder('a', 'veth1')]]));
    expect(podLinks.isKnown()).toBe(false);
    meanwhile(() => {});
    await podLinks.bind();
    expect(podLinks.isKnown()).toBe(true);
    expect(steps.filter((step) => step.includes('flush set bridge sallyport link4'))).toHaveLength(2);
  });

  it('are written again after a failure, and when somebody may have emptied the sets', async () => {
    const { podLinks, bind, steps, fail } = start();
    const holders = new Map([['10.0.0.1', holder('a', 'veth1')]]);
    fail(true);
    await bind(holders);
    expect(podLinks.isKnown()).toBe(false);
    fail(false);
    await bind(holders);
    podLinks.forget();
    await bind(holders);
    expect(steps.filter((step) => step.includes('link4 { 10.0.0.1 . 11 }'))).toHaveLength(2);
    expect(podLinks.isKnown()).toBe(true);
  });

  it('are tried again after anything else failed, too: one failure does not stop all that follow', async () => {
    const { podLinks, bind, steps, failHeld } = start();
    const holders = new Map([['10.0.0.1', holder('a', 'veth1')]]);
    failHeld(true);
    await expect(bind(holders)).rejects.toThrow('no nft');
    failHeld(false);
    await bind(holders);
    expect([podLinks.isKnown(), steps[0]?.includes('10.0.0.1 . 11')]).toEqual([true, true]);
  });
});

describe('while the runtime is lost', () => {
  const two = new Map([
    ['10.0.0.1', holder('a', 'veth1')],
    ['10.0.0.2', holder('b', 'cali1')],
  ]);
  const same = new Map([
    ['10.0.0.1', 'pod-a'],
    ['10.0.0.2', 'pod-b'],
  ]);

  it('what the API says as before stays bound, and nothing is written', async () => {
    const { bind, lose, steps } = start();
    await bind(two);
    const before = steps.length;
    await lose(same);
    await lose(new Map());
    expect(steps).toHaveLength(before);
  });

  it('an address of another Pod by the API is bound no more: its packets come by a link that nobody tells', async () => {
    const { bind, lose, bound } = start();
    await bind(two);
    await lose(new Map([...same, ['10.0.0.1', 'pod-new']]));
    expect(bound()).toEqual({ 'inet sallyport bound4': ['10.0.0.2'], 'inet sallyport link4': ['10.0.0.2 . 21'] });
  });

  it('so is one whose link is gone, or is another of the same name, though the Pod is the same', async () => {
    const { bind, lose, links, bound } = start();
    await bind(two);
    links.set('veth1', { index: 99, isPort: true });
    links.delete('cali1');
    await lose(same);
    expect(bound()).toEqual({});
  });

  it('and is bound again when the runtime is back', async () => {
    const { bind, lose, links, bound } = start();
    await bind(two);
    await lose(new Map([...same, ['10.0.0.1', 'pod-new']]));
    links.set('veth9', { index: 19, isPort: true });
    await lose(undefined);
    await bind(new Map([...two, ['10.0.0.1', { id: 'c', uid: 'pod-new', links: ['veth9'] }]]));
    expect(bound()['bridge sallyport link4']).toEqual(['10.0.0.1 . 19']);
  });
});
