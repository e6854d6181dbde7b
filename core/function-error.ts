// The error event of the functions, so that whether trying again can help is said in one table (core/app-error.ts).
import { errorTable } from './app-error.ts';
import type { FunctionError } from './function-contract.ts';

export const functionError = (code: FunctionError['code'], message: string): FunctionError => ({
  type: 'error',
  code,
  message,
  retryable: errorTable[code].retryable,
});
