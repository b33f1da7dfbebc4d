import { describe, expect, test } from 'vitest';
import { finding, type Reason, reasons } from '../../../src/api/reasons.ts';

const rows: [string, Reason][] = Object.entries(reasons);

describe('the table of reasons', () => {
  // metav1.Condition: reason and type patterns.
  test.each(rows)('%s is fit for a condition', (_, row) => {
    expect(row.reason).toMatch(/^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/);
    expect(row.type).toMatch(/^(sallyport\.dev\/)?[A-Z][A-Za-z]+$/);
    expect(row.when).not.toBe('');
    expect(row.message).not.toBe('');
  });

  test('never speaks of Ready, which upstream reserves', () => {
    expect(rows.filter(([, row]) => row.type === 'Ready')).toEqual([]);
  });

  test('a Gateway has at most 8 condition types', () => {
    const ofGateway = rows.filter(([code]) => code.startsWith('Gateway') || code.startsWith('Address'));
    expect(new Set(ofGateway.map(([, row]) => row.type)).size).toBeLessThanOrEqual(8);
  });
});

describe('finding', () => {
  test('fills every word', () => {
    expect(finding('AddressTaken', { field: 'spec.addresses[0]', address: '192.0.2.1', holder: 'a/b' }).message).toBe(
      'spec.addresses[0]: 192.0.2.1 is taken by Gateway a/b',
    );
  });

  test('takes words as they are, placeholders and all', () => {
    expect(finding('GatewayPending', { awaited: '{awaited} $& {x}' }).message).toBe('waiting for {awaited} $& {x}');
  });

  test('keeps messages readable', () => {
    expect(finding('GatewayPending', { awaited: 'x'.repeat(5000) }).message).toHaveLength(1024);
  });

  test('wants exactly its words', () => {
    // @ts-expect-error: a word is missing
    expect(finding('GatewayPending', {}).message).toBe('waiting for ');
  });
});
