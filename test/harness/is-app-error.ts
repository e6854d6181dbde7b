// For assert.throws and assert.rejects: an AppError with this code whose sentence says this.
import assert from 'node:assert/strict';
import { AppError, type ErrorCode } from '../../core/app-error.ts';

export const isAppError =
  (code: ErrorCode, message: RegExp) =>
  (thrown: unknown): true => {
    assert.ok(thrown instanceof AppError, `not an AppError: ${String(thrown)}`);
    assert.equal(thrown.code, code);
    assert.match(thrown.message, message);
    return true;
  };
