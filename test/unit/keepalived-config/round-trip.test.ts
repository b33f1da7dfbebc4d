import fc from 'fast-check';
import { parseConfig, renderConfig } from 'keepalived-config';
import { expect, test } from 'vitest';
import { unknownEntry, writableConfig } from '../../support/keepalived-arbitrary.ts';

test('parse(render(x)) is x, without errors', () => {
  fc.assert(
    fc.property(writableConfig, (config) => {
      const parsed = parseConfig(renderConfig(config));
      expect(parsed.errors).toEqual([]);
      expect(parsed.config).toEqual(config);
    }),
    { numRuns: 500 },
  );
});

test('render is deterministic: the order of keys does not matter', () => {
  fc.assert(
    fc.property(writableConfig, (config) => {
      const reversed = {
        blocks: config.blocks.map((block) => Object.fromEntries(Object.entries(block).reverse()) as typeof block),
      };
      expect(renderConfig(reversed)).toBe(renderConfig(config));
    }),
    { numRuns: 100 },
  );
});

test('what is not modelled survives twice through parse and render', () => {
  fc.assert(
    fc.property(fc.array(unknownEntry, { maxLength: 4 }), (blocks) => {
      const text = renderConfig({ blocks });
      const parsed = parseConfig(text);
      expect(parsed.config.blocks).toEqual(blocks);
      expect(renderConfig(parsed.config)).toBe(text);
    }),
  );
});
