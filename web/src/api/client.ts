/** The service's answer to a call it refuses, or `status` 0 when it could not be reached. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly fields: Readonly<Record<string, string>>;
  /** Seconds to wait before another try, when the service said so. */
  readonly retryAfter: number | null;
  /** Camera chunks that the service has, told with a chunk out of order. */
  readonly received: number | null;

  constructor(
    status: number,
    code: string,
    message: string,
    fields: Record<string, string> = {},
    retryAfter: number | null = null,
    received: number | null = null,
  ) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
    this.fields = fields;
    this.retryAfter = retryAfter;
    this.received = received;
  }
}

interface ErrorEnvelope {
  received?: number;
  error?: {
    code?: string;
    message?: string;
    param?: string | null;
    received?: number;
    errors?: { param?: string; message?: string }[];
  };
}

export interface RequestOptions {
  signal?: AbortSignal;
  headers?: Record<string, string>;
  /** Let the request outlive the page (small bodies only). */
  keepalive?: boolean;
}

async function refusal(response: Response): Promise<ApiError> {
  const envelope = (await response.json().catch(() => ({}))) as ErrorEnvelope;
  const { code, message, param, errors } = envelope.error ?? {};
  const fields: Record<string, string> = {};
  if (param && message) fields[param] = message;
  for (const one of errors ?? []) if (one.param) fields[one.param] = one.message ?? "";
  const retryAfter = Number(response.headers.get("Retry-After"));
  return new ApiError(
    response.status,
    code ?? "error",
    message ?? "The service could not do this.",
    fields,
    retryAfter > 0 ? retryAfter : null,
    envelope.error?.received ?? envelope.received ?? null,
  );
}

/**
 * One call to the service, on this page's own origin (a path), with its cookies.
 * @throws ApiError for every status from 400 up, and with status 0 when nothing answered.
 */
export async function send(
  method: string,
  path: string,
  body?: unknown,
  options: RequestOptions = {},
): Promise<Response> {
  const raw = typeof body === "string" || body instanceof Blob || body instanceof FormData;
  const headers: Record<string, string> = { "X-Requested-With": "interviewer" };
  if (body !== undefined && !raw) headers["Content-Type"] = "application/json";
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers: { ...headers, ...options.headers },
      body: body === undefined ? null : raw ? body : JSON.stringify(body),
      credentials: "same-origin",
      ...(options.signal ? { signal: options.signal } : {}),
      ...(options.keepalive ? { keepalive: true } : {}),
    });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new ApiError(0, "unreachable", "The service can't be reached right now.");
  }
  if (!response.ok) throw await refusal(response);
  return response;
}

/** Like `send`; resolves with the parsed JSON, other text as it is, or undefined for nothing. */
export async function request<T>(
  method: string,
  path: string,
  body?: unknown,
  options: RequestOptions = {},
): Promise<T> {
  const response = await send(method, path, body, options);
  const type = response.headers.get("Content-Type") ?? "";
  if (type.includes("json")) return (await response.json()) as T;
  const text = await response.text();
  return (text === "" ? undefined : text) as T;
}

export const get = <T>(path: string, options?: RequestOptions) =>
  request<T>("GET", path, undefined, options);
export const post = <T>(path: string, body?: unknown, options?: RequestOptions) =>
  request<T>("POST", path, body, options);
export const put = <T>(path: string, body?: unknown, options?: RequestOptions) =>
  request<T>("PUT", path, body, options);
export const patch = <T>(path: string, body?: unknown, options?: RequestOptions) =>
  request<T>("PATCH", path, body, options);
export const del = <T>(path: string, options?: RequestOptions) =>
  request<T>("DELETE", path, undefined, options);
