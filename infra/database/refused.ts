// Expected failures of writes, as values. The API shows them as userErrors.

export interface Refused {
  readonly outcome: 'refused';
  readonly code:
    | 'NOT_FOUND'
    | 'INVALID'
    | 'TOO_LARGE'
    | 'UNSUPPORTED_TYPE'
    | 'CONFLICT'
    | 'BUSY'
    | 'BUDGET_EXHAUSTED'
    | 'IDEMPOTENCY_MISMATCH';
  /** Names the value and the limit, and says what to do. */
  readonly message: string;
  /** The input field it is about. */
  readonly path?: readonly string[];
}

export function refused(code: Refused['code'], message: string, ...path: readonly string[]): Refused {
  return { outcome: 'refused', code, message, ...(path.length > 0 ? { path } : {}) };
}

export const isRefused = (result: object): result is Refused => 'outcome' in result && result.outcome === 'refused';
