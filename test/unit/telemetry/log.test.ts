import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { createLogger, type LogLevel, logLevels, nextLevel } from '../../../src/telemetry/log.ts';

function setUp(level: LogLevel) {
  const lines: string[] = [];
  const destination = { write: (line: string) => lines.push(line) };
  return {
    log: createLogger({ name: 'agent', level, destination }),
    lines,
    records: () => lines.map((line) => JSON.parse(line)),
  };
}

describe('createLogger', () => {
  it('writes one JSON object per line', () => {
    const { log, lines, records } = setUp('info');
    log.info({ node: 'node-1', big: 2n ** 64n }, 'applied\nin two lines');
    expect(lines.join('').split('\n')).toHaveLength(2);
    expect(records()).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-.*Z$/),
        logger: 'agent',
        node: 'node-1',
        big: '18446744073709551616',
        msg: 'applied\nin two lines',
      },
    ]);
  });

  it.each(logLevels)('from level %s upwards', (level) => {
    const { log, records } = setUp(level);
    for (const each of logLevels) log[each]({}, each);
    expect(records().map(({ msg }) => msg)).toEqual(logLevels.slice(logLevels.indexOf(level)));
  });

  it('takes another level while it is used', () => {
    const { log, records } = setUp('warn');
    log.info({}, 'before');
    log.setLevel('debug');
    log.debug({}, 'detail');
    log.setLevel('error');
    log.warn({}, 'after');
    expect([records().map(({ msg }) => msg), log.level()]).toEqual([['detail'], 'error']);
  });

  it.each([
    ['info', 'info', 'debug'],
    ['debug', 'info', 'info'],
    ['error', 'error', 'warn'],
    ['debug', 'error', 'error'],
    ['debug', 'debug', 'debug'],
  ] as const)('from %s, begun with %s, the next level is %s', (current, first, next) => {
    expect(nextLevel(current, first)).toBe(next);
  });

  it('looks at nothing below its level', () => {
    const { log } = setUp('warn');
    const fields = {
      get costly() {
        throw new Error('was read');
      },
    };
    log.debug(fields, 'x');
    log.info(fields, 'x');
  });

  it('masks secrets in fields and in the message', () => {
    const { log, lines } = setUp('info');
    log.error(
      { headers: { authorization: 'Bearer abc.def' }, error: new Error('sent Bearer abc.def') },
      'refused Bearer abc.def',
    );
    expect(lines.join('')).not.toContain('abc.def');
    expect(lines.join('')).toContain('refused [redacted]');
  });

  it('loses no line when the process is killed', async () => {
    const module = new URL('../../../src/telemetry/log.ts', import.meta.url).href;
    const program = `
      import { createLogger } from ${JSON.stringify(module)};
      const log = createLogger({ name: 'x', level: 'info' });
      for (let i = 0; i < 2000; i += 1) log.info({ i }, 'line');
      process.kill(process.pid, 'SIGKILL');`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const stdout = await text(child.stdout);
    expect(stdout.trimEnd().split('\n')).toHaveLength(2000);
  });
});
