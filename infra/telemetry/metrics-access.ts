// Who may read metrics: they tell how busy a server is, which is its operator's business and no viewer's. Must never compare
// a secret in a time that depends on it.
import { createHash, timingSafeEqual } from 'node:crypto';
import { AppError } from '../../core/app-error.ts';

/** @throws {AppError} UNAUTHENTICATED, with what to do */
export type CheckMetricsAccess = (authorization: string | undefined) => void;

/** @param isOpen whether everybody who reaches the door may read when there is no token */
export function createMetricsAccess(token: string | undefined, isOpen: boolean): CheckMetricsAccess {
  if (token === undefined)
    return () => {
      if (!isOpen)
        throw new AppError(
          'UNAUTHENTICATED',
          'metrics are closed: set GILL_METRICS_TOKEN and send it as a bearer token',
        );
    };
  const expected = digest(`Bearer ${token}`);
  return (authorization) => {
    if (!timingSafeEqual(digest(authorization ?? ''), expected))
      throw new AppError('UNAUTHENTICATED', 'metrics want the bearer token of GILL_METRICS_TOKEN');
  };
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
