import { Agent, request } from 'undici';

/** One answer of the API server: `body` is parsed JSON (or text), `warnings` the texts of its Warning headers (RFC 9111 §5.5 of old, code 299). */
export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly warnings: readonly string[];
}

export interface ApiRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly body?: unknown;
  /** Default application/json. */
  readonly contentType?: string;
  /** Default application/json. */
  readonly accept?: string;
  readonly signal?: AbortSignal;
}

/** A plain HTTP client for tests: no retries, no types; `request` throws only when there is no answer at all. */
export interface ApiClient extends AsyncDisposable {
  request(path: string, options?: ApiRequest): Promise<ApiAnswer>;
  /** Server-side apply of `object` at `path` (the object's own path, or that plus /status). */
  apply(path: string, object: unknown, fieldManager?: string): Promise<ApiAnswer>;
}

/** A client for `url` that trusts `caData` (PEM) and authenticates with `token`. */
export function createApiClient(options: {
  readonly url: string;
  readonly caData: string;
  readonly token: string;
}): ApiClient {
  const dispatcher = new Agent({ connect: { ca: options.caData } });
  const send = async (
    path: string,
    { method = 'GET', body, contentType = 'application/json', accept = 'application/json', signal }: ApiRequest = {},
  ): Promise<ApiAnswer> => {
    const answer = await request(new URL(path, options.url), {
      dispatcher,
      method,
      headers: { authorization: `Bearer ${options.token}`, 'content-type': contentType, accept },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
    return {
      status: answer.statusCode,
      body: parseBody(await answer.body.text()),
      warnings: readWarnings(answer.headers['warning']),
    };
  };
  return {
    request: send,
    apply: (path, object, fieldManager = 'test') =>
      send(`${path}?fieldManager=${fieldManager}&force=true`, {
        method: 'PATCH',
        body: object,
        contentType: 'application/apply-patch+yaml',
      }),
    [Symbol.asyncDispose]: () => dispatcher.destroy(),
  };
}

function parseBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function readWarnings(header: string | string[] | undefined): readonly string[] {
  const lines = header === undefined ? [] : [header].flat();
  return lines.flatMap((line) => [...line.matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)].map((match) => match[1] ?? ''));
}
