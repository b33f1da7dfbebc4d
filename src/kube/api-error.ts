import { isRecord } from './object.ts';

/** What `new ApiError` needs: `code` is the HTTP status or 0 without an answer, `statusMessage` the server's own words. */
export interface ApiErrorFields {
  readonly verb: string;
  readonly path: string;
  readonly code: number;
  readonly reason: string;
  readonly statusMessage: string;
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/** The one error of this folder: a request that the API server refused (code ≥ 300) or that got no usable answer (code 0). */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly verb: string;
  /** Without the query. */
  readonly path: string;
  readonly code: number;
  /** metav1.StatusReason, or Timeout, Network, BadBody with code 0. */
  readonly reason: string;
  readonly statusMessage: string;
  readonly retryAfterMs: number | undefined;

  constructor(fields: ApiErrorFields) {
    const outcome = fields.code === 0 ? fields.reason : `${fields.code} ${fields.reason}`;
    super(`${fields.verb} ${fields.path}: ${outcome}: ${fields.statusMessage}`, { cause: fields.cause });
    this.verb = fields.verb;
    this.path = fields.path;
    this.code = fields.code;
    this.reason = fields.reason;
    this.statusMessage = fields.statusMessage;
    this.retryAfterMs = fields.retryAfterMs;
  }
}

const reasons: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  409: 'Conflict',
  410: 'Gone',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};
const longestMessage = 2000;

/** An ApiError from an answer's status and body, which may be a metav1.Status, any other JSON, or a raw string (proxies, the early API server). */
export function apiErrorFromAnswer(
  at: { readonly verb: string; readonly path: string },
  answer: { readonly status: number; readonly body: unknown; readonly retryAfterMs?: number | undefined },
): ApiError {
  const status = isRecord(answer.body) && answer.body['kind'] === 'Status' ? answer.body : undefined;
  const text = typeof answer.body === 'string' ? answer.body : (JSON.stringify(answer.body) ?? '');
  return new ApiError({
    verb: at.verb,
    path: at.path,
    code: answer.status,
    reason: textOf(status?.['reason']) ?? reasons[answer.status] ?? 'Unknown',
    statusMessage: (textOf(status?.['message']) ?? text.trim()).slice(0, longestMessage) || 'no message',
    retryAfterMs: answer.retryAfterMs ?? retryAfterOfStatus(status),
  });
}

/** The optimistic lock failed: read again. */
export const isConflict = (error: unknown): error is ApiError => has(error, 409) && error.reason !== 'AlreadyExists';
export const isAlreadyExists = (error: unknown): error is ApiError =>
  has(error, 409) && error.reason === 'AlreadyExists';
/** The resourceVersion or continue token has expired: list again. */
export const isGone = (error: unknown): error is ApiError =>
  error instanceof ApiError && (error.code === 410 || error.reason === 'Expired');
export const isNotFound = (error: unknown): error is ApiError => has(error, 404);
export const isTooManyRequests = (error: unknown): error is ApiError => has(error, 429);
export const isForbidden = (error: unknown): error is ApiError => has(error, 403);
export const isUnauthorized = (error: unknown): error is ApiError => has(error, 401);
/** The server does not understand the request as asked (an older version, a feature gate off), and will not when asked again. */
export const isRefusedAsInvalid = (error: unknown): error is ApiError =>
  error instanceof ApiError && [400, 405, 415, 422, 501].includes(error.code);
/** The same request may succeed later, unchanged: no answer, overload, or a failing server. */
export const isTransient = (error: unknown): error is ApiError =>
  error instanceof ApiError && (error.code === 0 || error.code === 429 || error.code >= 500);

/** Any thrown value as one line for logs and messages; undici's nested causes included. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof AggregateError && error.message === '') return error.errors.map(describeError).join('; ');
  const code =
    'code' in error && typeof error.code === 'string' && !error.message.includes(error.code) ? error.code : '';
  return [code, error.message || error.name].filter((part) => part !== '').join(': ');
}

function has(error: unknown, code: number): error is ApiError {
  return error instanceof ApiError && error.code === code;
}

function retryAfterOfStatus(status: Readonly<Record<string, unknown>> | undefined): number | undefined {
  const details = status?.['details'];
  const seconds = isRecord(details) ? details['retryAfterSeconds'] : undefined;
  return typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
