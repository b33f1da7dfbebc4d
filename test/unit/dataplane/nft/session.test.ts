import { describe, expect, it } from 'vitest';
import { asOneLine, createNftSession, isTaken } from '../../../../src/dataplane/nft/session.ts';
import { createFakeClock } from '../../../support/fake-clock.ts';
import { createFakeRunner, type FakeReply } from '../../../support/fake-runner.ts';

const text = 'add element inet t a { 10.0.0.1 }\nadd element inet t b { 10.0.0.1 : accept }\n';
const refusal = ['Error: No such file or directory', 'add element inet t a { 10.0.0.1 }', '                   ^'];

/** A session of an nft that takes everything, but for what `refused` says of a line. */
function start({
  reply = 'hang',
  refused = () => [],
}: {
  reply?: FakeReply;
  refused?: (line: string) => readonly string[];
} = {}) {
  const runner = createFakeRunner(() => reply);
  const clock = createFakeClock();
  const abort = new AbortController();
  const session = createNftSession({ runner, clock, signal: abort.signal });
  const told: string[] = [];
  let isSilent = false;
  /** Lets nft read what it was told, until there is nothing more. */
  const settle = async () => {
    for (let turn = 0; turn < 50; turn++) {
      await Promise.resolve();
      const [stream] = runner.streams;
      if (stream === undefined || isSilent) continue;
      const lines = (stream.written as string[]).splice(0).join('').split('\n').slice(0, -1);
      for (const line of lines) {
        if (!line.startsWith('list table ip sallyport-')) {
          if (line !== '') told.push(line);
          for (const said of refused(line)) stream.line(said);
          continue;
        }
        for (const said of ['Error: No such file or directory', line, '              ^^^^']) stream.line(said);
      }
    }
  };
  const commit = async (what = text) => {
    const answer = session.commit(what).catch((error: Error) => error.message);
    await settle();
    return answer;
  };
  const silence = (yes: boolean) => {
    isSilent = yes;
  };
  return { session, runner, clock, abort, told, commit, settle, silence };
}

describe('a session', () => {
  it('takes one transaction after the other, each as one line, in one process', async () => {
    const { commit, told, runner } = start();
    expect([await commit(), await commit()]).toEqual(['committed', 'committed']);
    const line = 'add element inet t a { 10.0.0.1 }; add element inet t b { 10.0.0.1 : accept }';
    expect(told).toEqual([line, line]);
    expect(runner.calls.map(({ command, args }) => [command, ...args])).toEqual([['nft', '-i']]);
  });

  it('says what is refused, and another process takes the next one', async () => {
    const { commit, runner } = start({ refused: (line) => (line.includes('nope') ? refusal : []) });
    expect([await commit('nope\n'), await commit()]).toEqual(['refused', 'committed']);
    expect(runner.calls).toHaveLength(2);
    expect(runner.streams).toHaveLength(1);
  });

  it('begins anew after its process ended between two transactions', async () => {
    const { commit, runner, settle } = start();
    await commit();
    runner.streams[0]?.end(1);
    await settle();
    expect(await commit()).toBe('committed');
    expect(runner.calls).toHaveLength(2);
  });

  it('does not know what became of a transaction in which its process ended, and rests for a minute', async () => {
    const { session, commit, runner, clock, settle, silence } = start();
    await commit();
    silence(true);
    const answer = session.commit(text).catch((error: Error) => error);
    await settle();
    runner.streams[0]?.end(139);
    await expect(answer).resolves.toMatchObject({ failure: 'unavailable', message: expect.stringContaining('139') });
    silence(false);
    expect(await commit()).toBe('not-asked');
    await clock.advance(60_000);
    expect(await commit()).toBe('committed');
  });

  it('gives up on one that does not answer', async () => {
    const { session, commit, runner, clock, settle, silence } = start();
    await commit();
    silence(true);
    const answer = session.commit(text).catch((error: Error) => error);
    await settle();
    await clock.advance(60_000);
    await expect(answer).resolves.toMatchObject({ message: 'nft -i: no answer within 60 s' });
    await settle();
    expect(runner.streams).toEqual([]);
  });

  it.each(['missing', { exitCode: 1, stderr: 'no cli' }] as const)(
    'is not asked where there is none (%j)',
    async (reply) => {
      const { commit, runner, clock } = start({ reply });
      expect([await commit(), await commit()]).toEqual(['not-asked', 'not-asked']);
      expect(runner.calls).toHaveLength(1);
      await clock.advance(60_000);
      await commit();
      expect(runner.calls).toHaveLength(2);
    },
  );

  it('ends after twenty seconds of rest, and with the signal', async () => {
    const { commit, runner, clock, settle, abort } = start();
    await commit();
    await clock.advance(15_000);
    await commit();
    await clock.advance(19_000);
    expect(runner.streams).toHaveLength(1);
    await clock.advance(1_000);
    await settle();
    expect(runner.streams).toHaveLength(0);
    expect(await commit()).toBe('committed');
    abort.abort();
    await settle();
    expect(runner.streams).toHaveLength(0);
    expect(await commit()).toBe('not-asked');
  });

  it('lets the transaction under way at abort end', async () => {
    const { session, commit, runner, settle, silence, abort } = start();
    await commit();
    silence(true);
    const answer = session.commit(text);
    await settle();
    abort.abort();
    await settle();
    expect(runner.streams).toHaveLength(1);
    silence(false);
    await settle();
    expect(await answer).toBe('committed');
    await settle();
    expect(runner.streams).toHaveLength(0);
  });

  it('is replaced after a megabyte, which its history keeps', async () => {
    const { commit, runner } = start();
    const large = `add element inet t a { ${'10.0.0.1, '.repeat(6_000)}10.0.0.2 }\n`;
    for (let n = 0; n < 20; n++) expect(await commit(large)).toBe('committed');
    expect(runner.calls).toHaveLength(2);
  });
});

describe('what nft said', () => {
  const mark = ['Error: No such file or directory', 'list table ip sallyport-1'];
  it('is a yes when only the mark was refused, also after what points at an earlier one', () => {
    expect(isTaken(mark)).toBe(true);
    expect(isTaken(['              ^^^^', ...mark])).toBe(true);
    expect(isTaken(['Error: No such file or directory; did you mean table ‘x’ in family ip?', mark[1] ?? ''])).toBe(
      true,
    );
  });

  it('is a no when there was one more error', () => {
    expect(isTaken([...refusal, ...mark])).toBe(false);
    expect(isTaken(['netlink: Error: Could not process rule: Message too long', ...mark])).toBe(false);
  });

  it('is neither when it is something else: then nobody may commit it once more', () => {
    expect(() => isTaken(['warning: what is this', ...mark])).toThrow('what is this');
    expect(() => isTaken([])).toThrow('it said []');
  });
});

describe('a transaction as one line', () => {
  it('leaves out empty lines', () => {
    expect(asOneLine('a\n\nb\n')).toBe('a; b');
  });

  it.each(['a\tb', 'a\\\nb', 'é', 'a'.repeat(65 * 1024)])(
    'is not made of what a line editor may change, nor of much (%#)',
    (what) => {
      expect(asOneLine(what)).toBeUndefined();
    },
  );
});
