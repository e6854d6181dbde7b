// Values of the environment: text in, a checked value out. Must never fall back silently, nor show a value that may hold a
// secret.
import { AppError } from './app-error.ts';

export function integer(key: string, value: string | undefined, fallback: number, min: number, max: number): number {
  if (value === undefined) return fallback;
  const number = Number(value);
  if (!Number.isInteger(number) || number < min || number > max)
    throw refuse(`${key}=${value} must be a whole number from ${min} to ${max}`);
  return number;
}

export function url(key: string, value: string | undefined, protocols: readonly string[]): string | undefined {
  if (value === undefined) return undefined;
  const parsed = URL.parse(value);
  // the value may hold a password, so the message shows none of it
  if (!parsed || !protocols.includes(parsed.protocol))
    throw refuse(`${key} must be a URL starting with ${protocols.map((p) => `${p}//`).join(' or ')}`);
  return value.replace(/\/$/, '');
}

export function oneOf<T extends string>(key: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined) throw refuse(`${key}=${value} must be one of ${allowed.join(', ')}`);
  return found;
}

export const list = (value: string | undefined): string[] =>
  (value ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean);
export const refuse = (message: string): AppError => new AppError('CONFIGURATION', message);
