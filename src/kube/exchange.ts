import type { Clock } from '../platform/clock.ts';
import { ApiError, apiErrorFromAnswer, describeError, isUnauthorized } from './api-error.ts';
import type { Credentials } from './credential.ts';
import type { CredentialSource } from './credentials.ts';
import { type Deadline, startDeadline } from './deadline.ts';
import type { KubeRequest, RequestObserver } from './request.ts';
import { parseRetryAfter, retryDelayMs } from './retry.ts';
import type { Answer, Transport } from './transport.ts';

/** How a 2xx answer is read; the deadline of `idleMs` covers the whole of `text`, and each chunk of `chunks`. */
export interface Reading<R> {
  readonly idleMs: number;
  read(answer: {
    readonly status: number;
    /** The whole body: JSON parsed, anything else as text. */
    text(): Promise<unknown>;
    readonly chunks: AsyncIterable<Uint8Array>;
  }): Promise<R>;
}

export interface ExchangeOptions {
  readonly clock: Clock;
  readonly transport: Transport;
  readonly credentials: CredentialSource;
  readonly userAgent: string;
  readonly onRequest: RequestObserver | undefined;
}

/** Sends a request, renews credentials once on 401, waits for Retry-After within bounds, and turns every failure into ApiError (an abort into the signal's reason). */
export function createExchanger(options: ExchangeOptions) {
  return async <R>(request: KubeRequest, reading: Reading<R>): Promise<R> => {
    const at = { verb: verbOf(request), path: request.path };
    let renewed = false;
    for (let attempt = 1; ; attempt++) {
      request.signal?.throwIfAborted();
      const credentials = await currentCredentials(options.credentials, at);
      try {
        return await exchangeOnce({ ...options, credentials, at }, request, reading);
      } catch (error) {
        if (isUnauthorized(error) && !renewed) {
          renewed = true;
          if (await options.credentials.renew(credentials).catch(() => false)) continue;
        }
        const delay = retryDelayMs(request, error, attempt);
        if (delay === undefined) throw error;
        await options.clock.sleep(delay, request.signal);
      }
    }
  };
}

type Once = Omit<ExchangeOptions, 'credentials'> & {
  readonly credentials: Credentials;
  readonly at: { readonly verb: string; readonly path: string };
};

async function exchangeOnce<R>(options: Once, request: KubeRequest, reading: Reading<R>): Promise<R> {
  const { clock, at } = options;
  using deadline = startDeadline(clock, reading.idleMs, request.signal);
  const started = clock.monotonic();
  let report = (status: number) => {
    report = () => undefined;
    options.onRequest?.(at.verb, at.path, status, clock.monotonic() - started);
  };
  let status = 0;
  try {
    const answer = await options.transport.send(options.credentials, {
      method: request.method,
      path: request.path + renderQuery(request),
      headers: headersOf(request, options.userAgent),
      body: request.body === undefined ? undefined : JSON.stringify(request.body),
      signal: deadline.signal,
      idleMs: reading.idleMs,
    });
    status = answer.status;
    if (status < 200 || status > 299) throw await refusal(at, answer, clock.now());
    return await reading.read({
      status,
      text: async () => parseBody(answer, await answer.body.text()),
      chunks: touching(answer.body, deadline, () => report(status)),
    });
  } catch (error) {
    throw classify(error, { at, request, deadline, idleMs: reading.idleMs });
  } finally {
    report(status);
  }
}

async function currentCredentials(source: CredentialSource, at: Once['at']): Promise<Credentials> {
  try {
    return await source.current();
  } catch (cause) {
    // A SyntaxError quotes what was parsed: the output of an exec plugin, with its token.
    const secret = cause instanceof SyntaxError;
    const statusMessage = secret ? 'the credential plugin printed no valid JSON' : describeError(cause);
    throw new ApiError({ ...at, code: 0, reason: 'Credentials', statusMessage, ...(secret ? {} : { cause }) });
  }
}

async function* touching(body: AsyncIterable<Uint8Array>, deadline: Deadline, onStart: () => void) {
  onStart();
  deadline.touch();
  for await (const chunk of body) {
    deadline.touch();
    yield chunk;
    deadline.touch(); // the time of a slow handler is not the server's silence
  }
}

async function refusal(at: Once['at'], answer: Answer, now: number): Promise<ApiError> {
  const text = await answer.body.text();
  return apiErrorFromAnswer(at, {
    status: answer.status,
    body: tryParse(text) ?? text,
    retryAfterMs: parseRetryAfter(answer.headers['retry-after'], now),
  });
}

function parseBody(answer: Answer, text: string): unknown {
  if (text === '') return undefined;
  const body = tryParse(text);
  if (body === undefined && String(answer.headers['content-type']).includes('json'))
    throw new SyntaxError(`the answer is no JSON: ${JSON.stringify(text.slice(0, 100))}`);
  return body ?? text;
}

function classify(
  error: unknown,
  context: {
    readonly at: Once['at'];
    readonly request: KubeRequest;
    readonly deadline: Deadline;
    readonly idleMs: number;
  },
): unknown {
  const { at, request, deadline } = context;
  if (request.signal?.aborted) return request.signal.reason;
  if (error instanceof ApiError) return error;
  if (deadline.expired || isSilence(error)) {
    const statusMessage = `the API server sent nothing for ${context.idleMs} ms`;
    return new ApiError({ ...at, code: 0, reason: 'Timeout', statusMessage });
  }
  const bad = error instanceof SyntaxError || error instanceof RangeError;
  const reason = bad ? 'BadBody' : 'Network';
  return new ApiError({ ...at, code: 0, reason, statusMessage: describeError(error), cause: error });
}

const isSilence = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && /^UND_ERR_(HEADERS|BODY)_TIMEOUT$/.test(String(error.code));

function headersOf(request: KubeRequest, userAgent: string): Record<string, string> {
  const headers: Record<string, string> = { accept: 'application/json', 'user-agent': userAgent };
  if (request.body !== undefined) headers['content-type'] = request.contentType ?? 'application/json';
  return headers;
}

function renderQuery({ query = {} }: KubeRequest): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.append(name, String(value));
  return parameters.size === 0 ? '' : `?${parameters}`;
}

function verbOf({ method, query }: KubeRequest): string {
  return method === 'GET' && String(query?.['watch']) === 'true' ? 'WATCH' : method;
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
