import { ApiError } from './api-error.ts';
import type { KubeRequest } from './request.ts';

const defaultRetries = 4;
const longestWaitMs = 30_000;

/** How long to wait before attempt `attempt + 1`, or undefined when `error` must go to the caller: only 429 and 503 that say Retry-After, only requests that may be sent twice. */
export function retryDelayMs(request: KubeRequest, error: unknown, attempt: number): number | undefined {
  if (!(error instanceof ApiError) || (error.code !== 429 && error.code !== 503)) return undefined;
  if (error.retryAfterMs === undefined) return undefined;
  if (attempt > (request.retries ?? (isIdempotent(request) ? defaultRetries : 0))) return undefined;
  return Math.min(error.retryAfterMs, longestWaitMs);
}

/** Retry-After as milliseconds from `now` (epoch ms): seconds or an HTTP date (RFC 9110 §10.2.3); undefined when absent or malformed. */
export function parseRetryAfter(header: string | string[] | undefined, now: number): number | undefined {
  const text = (Array.isArray(header) ? header[0] : header)?.trim();
  if (text === undefined || text === '') return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

// A merge patch or an apply gives the same object when sent twice; a JSON Patch may append twice.
function isIdempotent({ method, contentType }: KubeRequest): boolean {
  return method !== 'POST' && contentType !== 'application/json-patch+json';
}
